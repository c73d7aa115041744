import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { encode } from 'uqr'
import { Problem } from '@shared/api/client'
import { serverNow } from '@shared/clock'
import { EVERY_MS, present, signatureOf } from '@shared/code/live'
import { loadMe, me } from '../resident'
import { forgetPass, forgetPasses, isDue, keptPass, renew, update, type Pass } from './credential'

const LOOK_MS = 30_000

/** The live code of this phone, or of somebody in its owner's care: signed anew every few seconds by the phone itself, with or
    without a network. */
export function useLiveCode(member?: number, others: () => number[] = () => []) {
  const pass = shallowRef<Pass>()
  const picture = ref('')
  const text = ref('')
  const failure = ref<unknown>(null)
  const left = ref(0)
  const signature = computed(() => pass.value && signatureOf(pass.value.credential))
  let timer: ReturnType<typeof setTimeout> | undefined
  let looked = 0
  let gone = false
  const person = () => member ?? me.value?.person_id

  async function sign(): Promise<void> {
    clearTimeout(timer)
    const now = serverNow()
    left.value = pass.value ? pass.value.expires - now : 0
    if (pass.value && left.value > 0 && document.visibilityState === 'visible') {
      text.value = await present(pass.value.key, pass.value.credential, now, others())
      picture.value = drawn(text.value)
    }
    if (Date.now() - looked > LOOK_MS) void look()
    if (!gone) timer = setTimeout(sign, EVERY_MS - (serverNow() % EVERY_MS) + 10)
  }

  /** Asks the server what is new; without it everything goes on. */
  async function look(): Promise<void> {
    looked = Date.now()
    try {
      pass.value ??= await keptPass(person(), !!member)
      if (pass.value) void sign()
      if (!me.value) await loadMe()
      if (me.value && pass.value?.person !== person()) pass.value = await keptPass(person(), !!member)
      if (me.value) pass.value = isDue(pass.value, serverNow()) ? await renew(person()!, !!member) : await update(pass.value!)
      if (me.value === null) {
        pass.value = undefined
        await forgetPasses()
      }
      failure.value = null
    } catch (error) {
      failure.value = error
      // Signed out elsewhere, a lost phone perhaps: the code ends here too.
      if (error instanceof Problem && error.status === 401) {
        me.value = null
        pass.value = undefined
        await forgetPasses()
      } else if (member && error instanceof Problem && error.status === 403) {
        pass.value = undefined // no longer in one's care
        await forgetPass(member)
      }
    }
    await sign()
  }

  const again = () => document.visibilityState === 'visible' && void look()
  window.addEventListener('online', again)
  document.addEventListener('visibilitychange', again)
  onScopeDispose(() => {
    gone = true
    clearTimeout(timer)
    window.removeEventListener('online', again)
    document.removeEventListener('visibilitychange', again)
  })
  watch(others, () => void sign())
  void look()
  return { pass, picture, text, left, signature, failure, look }
}

const QUIET = 4

function drawn(text: string): string {
  const { data, size } = encode(text, { ecc: 'L', border: QUIET })
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
