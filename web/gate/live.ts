import { onScopeDispose, ref, watch } from 'vue'
import { address, api } from '@shared/api/client'
import type { GateRecent, GateVisit } from '@shared/api/types'
import { serverNow } from '@shared/clock'
import { lang } from '@shared/lang'
import { day } from '@shared/time'
import { session } from './session'
import type { Fever, WaitingPerson } from './types'
import { isFresh, merge } from './visits'

export type Line = 'connecting' | 'live' | 'retrying'

/** The visits at one checkpoint, kept up by the server's event stream. The browser
    resumes a broken stream itself (Last-Event-ID); where it gives up, it is opened
    anew, and every `hello` fetches the last visits, so that no gap stays. */
export interface Hearing {
  fresh: (visit: GateVisit) => void
  waiting: (person: WaitingPerson) => void
  decided: (scanId: string) => void
  fever: (fever: Fever) => void
  /** Fetch whatever else may have changed while nobody listened. */
  catchUp: () => Promise<void>
}

export function useLive(id: number, hearing: Hearing) {
  const line = ref<Line>('connecting')
  const visits = ref<GateVisit[]>([])
  const today = ref(0)
  let counted = ''
  const failure = ref<unknown>(null)
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0

  async function catchUp(): Promise<void> {
    try {
      const page = await api.get<GateRecent>(`/gate/${id}/recent`)
      today.value = page.today
      counted = day(serverNow())
      visits.value = merge(visits.value, page.items)
      await hearing.catchUp()
      failure.value = null
    } catch (error) {
      failure.value = error
    }
  }

  function open(): void {
    clearTimeout(timer)
    source?.close()
    const opened = new EventSource(address(`/gate/${id}/events`))
    source = opened
    const hear = <T>(name: string, then: (data: T) => void) =>
      opened.addEventListener(name, (event) => then(JSON.parse((event as MessageEvent<string>).data) as T))
    opened.addEventListener('hello', () => {
      line.value = 'live'
      tries = 0
      void catchUp()
    })
    hear<GateVisit>('visit', (visit) => {
      const known = visits.value.some((one) => one.scan_id === visit.scan_id)
      visits.value = merge(visits.value, [visit])
      if (known) return
      if (counted !== day(serverNow())) void catchUp() // past midnight: the server counts anew
      else if (day(visit.at) === counted) today.value += 1
      if (isFresh(visit, serverNow())) hearing.fresh(visit)
    })
    hear('waiting', hearing.waiting)
    hear<{ scan_id: string }>('decided', (gone) => hearing.decided(gone.scan_id))
    hear('fever', hearing.fever)
    opened.addEventListener('error', () => {
      line.value = 'retrying'
      if (opened.readyState === EventSource.CLOSED) later()
    })
  }

  /** The server answered with an error: wait, see whether we are still signed in, open again. */
  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(
      async () => {
        await catchUp()
        if (session.value !== null) open()
      },
      Math.min(1000 * 2 ** tries++, 15_000) * (0.5 + Math.random()),
    )
  }

  const online = () => open()
  const offline = () => (line.value = 'retrying')
  const visible = () => document.visibilityState === 'visible' && void catchUp()
  window.addEventListener('online', online)
  window.addEventListener('offline', offline)
  document.addEventListener('visibilitychange', visible)
  onScopeDispose(() => {
    clearTimeout(timer)
    source?.close()
    window.removeEventListener('online', online)
    window.removeEventListener('offline', offline)
    document.removeEventListener('visibilitychange', visible)
  })

  watch(lang, open) // each visit brings its sentence in the language of the stream

  open()
  void catchUp()
  return { line, visits, today, failure }
}
