import { computed, onScopeDispose, ref } from 'vue'
import { api, NetworkLost } from '@shared/api/client'
import type { Checkpoint, Door } from '@shared/api/types'
import { keepPage, keptPage } from './outbox/store'

/** What the gate has to know of its door: its questions, whom one visits there, and whether it measures and reviews. */
export type GateDoor = Pick<Door, 'code' | 'template' | 'checkpoint'> & { tenants?: Door['tenants'] }

const AGAIN_MS = 10 * 60_000

/** Kept on the device, so that a page opened in a dead spot still knows its door. */
export function useDoor(id: number) {
  const door = ref<GateDoor>()
  const failure = ref<unknown>(null)
  const key = `door:${id}`
  /** Somebody decides or measures here, so people wait. */
  const queues = computed(() => !!door.value && (door.value.checkpoint.review || measures.value))
  const measures = computed(() => door.value?.checkpoint.temperature_valid_min != null)

  async function load(): Promise<void> {
    try {
      const { code } = await api.get<Checkpoint>(`/checkpoints/${id}`)
      const { checkpoint, template, tenants } = await api.get<Door>(`/doors/${code}`)
      // The page says who is signed in as a resident on this device, too: no business of the gate's.
      door.value = { code, template, checkpoint, tenants }
      failure.value = null
      void keepPage(key, door.value)
    } catch (error) {
      const known = error instanceof NetworkLost ? (door.value ?? (await keptPage<GateDoor>(key))) : undefined
      if (known) door.value = known
      else failure.value = error
    }
  }

  // Review is switched on and off in the console while this page stands open.
  const timer = setInterval(load, AGAIN_MS)
  window.addEventListener('online', load)
  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('online', load)
  })
  void load()
  return { door, queues, measures, failure }
}
