import { computed, onScopeDispose, ref, type Ref } from 'vue'
import { api } from '@shared/api/client'
import { serverNow } from '@shared/clock'
import { outbox } from '../outbox'
import { keepPage, keptPage } from '../outbox/store'
import type { WaitingPerson } from '../types'
import { measured, newcomers, stillWaiting } from './queue'

/** Who waits at a checkpoint. Kept on the device while they may still wait, so that a page
    that is closed in a dead spot opens again with the people who stand before it. */
const LAPSE_MS = 30 * 60_000

export function useQueue(gate: number, feverFrom: Ref<number>, onNew: (person: WaitingPerson) => void) {
  const people = ref<WaitingPerson[]>([])
  /** Decided here or elsewhere: a list that was under way at that moment must not bring them back. */
  const gone = new Set<string>()
  const key = `waiting:${gate}`
  let fetched = false

  const shown = computed(() => stillWaiting(people.value, outbox.unsent.value, gate, feverFrom.value))

  function set(list: WaitingPerson[]): void {
    people.value = list.filter((person) => !gone.has(person.scan_id))
    void keepPage(key, people.value)
  }

  async function catchUp(): Promise<void> {
    const page = await api.get<{ items: WaitingPerson[] }>(`/gate/${gate}/waiting`)
    const before = people.value
    set(page.items)
    // What was there when the page opened has no sound of its own.
    if (fetched) newcomers(before, people.value).forEach(onNew)
    fetched = true
  }

  function came(person: WaitingPerson): void {
    const known = people.value.some((one) => one.scan_id === person.scan_id)
    set([...people.value.filter((one) => one.scan_id !== person.scan_id), person])
    if (!known && !gone.has(person.scan_id)) onNew(person)
  }

  function left(scanId: string): void {
    gone.add(scanId)
    set(people.value)
  }

  onScopeDispose(
    outbox.listen((tap, answer) => {
      if (tap.gate !== gate || tap.kind !== 'decision') return
      const { scan_id, celsius, at } = tap.body
      if (answer === null) {
        // Already decided, or lapsed: the list of the server knows.
        void catchUp().catch(() => undefined)
      } else if ('state' in answer && answer.state === 'decided') left(scan_id)
      else if (celsius != null) set(people.value.flatMap((one) => (one.scan_id === scan_id ? measured(one, celsius, at, feverFrom.value) : [one])))
    }),
  )

  void keptPage<WaitingPerson[]>(key).then((kept) => {
    if (!fetched && kept) people.value = kept.filter((person) => serverNow() - Date.parse(person.at) < LAPSE_MS)
  })

  return { shown, catchUp, came, left }
}
