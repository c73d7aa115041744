import { ref } from 'vue'
import { NetworkLost, Problem } from '@shared/api/problem'
import type { Answers, Stamp, StillWaiting } from '@shared/api/types'
import { passing, pause, sendInOrder, sentenceOfNo } from '@shared/sending'

/** Scans that left the form and have no answer yet. Each is written down before it
    is first sent and struck out only by an answer, so a closed page or a dead
    network loses none; its scan_id makes sending it again harmless. */
export interface Waiting {
  scan_id: string
  /** Whose scan it is: another person signing in on this phone must not send it. */
  person_id: number
  code: string
  place: string
  /** Somebody in that person's care, for whom it is. */
  member?: number
  name?: string
  answers: Answers
  /** The version of the form they answer. */
  template_id?: number
  seat?: string
  tenant?: number
  at: string
  /** The server's sentence, once it has refused the scan for good. */
  refused?: string
}

export interface ScanBody {
  scan_id: string
  code: string
  member?: number
  answers: Answers
  template_id?: number
  seat?: string
  tenant?: number
  at?: string
}

/** The server has the scan: it is a visit, or an attendant has to decide first. */
export type Taken = Stamp | StillWaiting
export type Outcome = { stamp: Stamp } | { undecided: StillWaiting } | { saved: Waiting }
export const isStamp = (taken: Taken): taken is Stamp => 'verdict' in taken

export interface Surroundings {
  storage: Pick<Storage, 'getItem' | 'setItem'>
  post: (body: ScanBody) => Promise<Taken>
  /** The stamp of a scan that the server is known to have; null when it is not at hand. */
  find: (scan: Waiting) => Promise<Stamp | null>
  wait: (ms: number) => Promise<void>
  random: () => number
  /** It now waits for an attendant: written down before the scan is struck out. */
  undecided: (scan: Waiting, answer: StillWaiting) => void
}

const KEY = 'lf_outbox'
const TRIES = 6

export function createOutbox({ storage, post, find, wait, random, undecided }: Surroundings) {
  const waiting = ref<Waiting[]>(read())
  /** Answers that came while no page was waiting for them, by scan_id. */
  const delivered = ref<Record<string, Stamp>>({})
  let flushing = false
  let stored = true

  function read(): Waiting[] {
    try {
      return JSON.parse(storage.getItem(KEY) ?? '[]') as Waiting[]
    } catch {
      return []
    }
  }

  /** Every scan opens a tab of its own, and all share the storage: change what is
      stored now, not what this tab read long ago. */
  function change(edit: (now: Waiting[]) => Waiting[]): void {
    const next = edit(stored ? read() : waiting.value)
    waiting.value = next
    try {
      storage.setItem(KEY, JSON.stringify(next))
    } catch {
      stored = false // full or switched off: it lasts as long as the page
    }
  }

  const forget = (scanId: string) => change((now) => now.filter((one) => one.scan_id !== scanId))

  const bodyOf = ({ scan_id, code, member, answers, template_id, seat, tenant }: Waiting): ScanBody => ({
    scan_id,
    code,
    ...(member ? { member } : {}),
    answers,
    ...(template_id ? { template_id } : {}),
    ...(seat ? { seat } : {}),
    ...(tenant ? { tenant } : {}),
  })

  /** Writes scans down that are sent one after the other. */
  const put = (scans: Waiting[]): void =>
    change((now) => [...now.filter((one) => !scans.some((scan) => scan.scan_id === one.scan_id)), ...scans])

  async function sendLate(scan: Waiting): Promise<Taken | null> {
    try {
      return await post({ ...bodyOf(scan), at: scan.at })
    } catch (error) {
      // Only this phone knows the id: a first try was stored after all, with the
      // server's time instead of ours, and its answer got lost.
      if (error instanceof Problem && error.code === 'scan_id_reused') return await find(scan)
      throw error
    }
  }

  /** Send now and stay with it: a busy server is asked again with the same scan_id. */
  async function checkIn(scan: Waiting, onBusy: (attempt: number) => void): Promise<Outcome> {
    put([scan])
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        const taken = await post(bodyOf(scan))
        if (!isStamp(taken)) undecided(scan, taken)
        forget(scan.scan_id)
        return isStamp(taken) ? { stamp: taken } : { undecided: taken }
      } catch (error) {
        if (!passing(error)) {
          forget(scan.scan_id)
          throw error
        }
        // One quick second try for a lost network; then be honest that it is only saved.
        if (error instanceof NetworkLost && attempt >= 1) break
        if (attempt + 1 === TRIES) break
        if (!(error instanceof NetworkLost)) onBusy(attempt + 1)
        await wait(pause(error instanceof Problem ? error.retryAfter : 1, attempt, random()))
      }
    }
    return { saved: scan }
  }

  /** Send what is left, oldest first, of this person; stop at the first sign of trouble. */
  async function flush(personId: number): Promise<void> {
    if (flushing) return
    flushing = true
    try {
      const left = stored ? read() : waiting.value
      await sendInOrder(
        left.filter((one) => one.person_id === personId && !one.refused),
        async (scan) => {
          const taken = await sendLate(scan)
          if (taken && !isStamp(taken)) undecided(scan, taken)
          else if (taken) delivered.value = { ...delivered.value, [scan.scan_id]: taken }
          forget(scan.scan_id)
        },
        (scan, problem) => {
          const refused = sentenceOfNo(problem)
          change((now) => now.map((one) => (one.scan_id === scan.scan_id ? { ...one, refused } : one)))
        },
      )
    } finally {
      flushing = false
    }
  }

  return { waiting, delivered, put, checkIn, flush, forget }
}
