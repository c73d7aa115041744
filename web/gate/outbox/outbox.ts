import { computed, ref } from 'vue'
import { Problem } from '@shared/api/problem'
import type { Stamp, StillWaiting } from '@shared/api/types'
import { serverNow } from '@shared/clock'
import { pause, sendInOrder, sentenceOfNo } from '@shared/sending'
import type { Decided, StartedTrip } from '../types'
import { memoryStore, type Store } from './store'
import { type Kept, pathOf, type Tap } from './tap'

const LATE_MS = 10_000

export type Answer = Decided | Stamp | StillWaiting | StartedTrip
/** Null: the server said no; the sentence stands in `tap.refused`. */
export type Listener = (tap: Kept, answer: Answer | null) => void

export interface Surroundings {
  store: Store
  post: (path: string, body: unknown) => Promise<Answer>
  /** Who is signed in; null while nobody is. */
  account: () => number | null
  later: (ms: number, action: () => void) => void
  random: () => number
  /** Only one of several open tabs sends at a time. */
  alone: <T>(work: () => Promise<T>) => Promise<T | undefined>
}

/** Taps are written down first, shown as done, and sent in their order until each has its
    answer. Nothing is struck out but by an answer; a no stays as a note to be read. */
export function createOutbox(around: Surroundings) {
  let store = around.store
  const taps = ref<Kept[]>([])
  /** False: this browser keeps nothing, so a closed page would lose what is unsent. */
  const safe = ref(true)
  const listeners = new Set<Listener>()
  let running = false
  let again = false
  let attempt = 0
  let changes = 0

  const unsent = computed(() => taps.value.filter((tap) => tap.refused === undefined))
  const notes = computed(() => taps.value.filter((tap) => tap.refused !== undefined))

  async function look(): Promise<void> {
    try {
      for (let seen = -1; seen !== changes; ) {
        seen = changes
        const found = await store.all()
        if (seen === changes) taps.value = found // else something was tapped or answered meanwhile: look again
      }
    } catch {
      doWithout()
    }
  }

  /** A browser without storage (a private window, a full disk): better unsafe than not at all, and it is said. */
  function doWithout(): void {
    if (!safe.value) return
    safe.value = false
    store = memoryStore()
  }

  async function add(tap: Tap): Promise<void> {
    let kept: Kept
    try {
      kept = await store.add(tap)
    } catch {
      doWithout()
      kept = await store.add(tap)
    }
    changes++
    taps.value = [...taps.value.filter((one) => one.seq !== kept.seq), kept]
    void flush()
  }

  /** What is sent at once is the server's to date; one that comes late says when it was. */
  function bodyOf(tap: Kept): unknown {
    if (tap.kind === 'decision' || serverNow() - Date.parse(tap.body.at) > LATE_MS) return tap.body
    const { at: _, ...body } = tap.body
    return body
  }

  async function strike(tap: Kept): Promise<void> {
    await store.remove(tap.seq)
    changes++
    taps.value = taps.value.filter((one) => one.seq !== tap.seq)
  }

  async function send(tap: Kept): Promise<void> {
    const answer = await around.post(pathOf(tap), bodyOf(tap))
    // Told before it is struck out: the page must not show the person as waiting in between.
    for (const listen of listeners) listen(tap, answer)
    await strike(tap)
  }

  async function refuse(tap: Kept, problem: Problem): Promise<void> {
    // Only this device knows the id: the first try had been stored after all, and its answer got lost.
    if (problem.code === 'scan_id_reused') return strike(tap)
    const refused = { ...tap, refused: sentenceOfNo(problem) || problem.code }
    await store.put(refused)
    changes++
    taps.value = taps.value.map((one) => (one.seq === tap.seq ? refused : one))
    for (const listen of listeners) listen(refused, null)
  }

  async function flush(): Promise<void> {
    if (running) {
      again = true
      return
    }
    running = true
    try {
      do {
        again = false
        await look() // another tab may have sent some, or added some
        const mine = unsent.value.filter((tap) => tap.account === around.account())
        if (!mine.length) break
        const round = await around.alone(() => sendInOrder(mine, send, refuse))
        if (round === undefined) around.later(2000, () => void flush())
        else if (round.end === 'trouble') around.later(pause(round.retryAfter, attempt++, around.random()), () => void flush())
        else if (round.end === 'done') attempt = 0
        if (round?.end !== 'done') break
      } while (again)
    } finally {
      running = false
    }
  }

  /** The note has been read. */
  const dismiss = (note: Kept): Promise<void> => strike(note)

  function listen(listener: Listener): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** The network is said to be back: at once, rather than when the pause is over. */
  function now(): Promise<void> {
    attempt = 0
    return flush()
  }

  return { taps, unsent, notes, safe, look, add, flush, now, dismiss, listen }
}
