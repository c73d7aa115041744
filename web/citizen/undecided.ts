import { api } from '@shared/api/client'
import { Problem } from '@shared/api/problem'
import type { Need, Stamp, StillWaiting } from '@shared/api/types'
import { pause } from '@shared/sending'
import { isStamp } from './outbox'
import { type OnPhone, phoneList } from './phone'

/** Scans that an attendant has to decide. Kept, so that a page closed meanwhile opens again
    as what it was. The server drops them after half an hour. */
export interface Undecided extends OnPhone {
  serial: string
  person: string
  needs: Need[]
}

const LAPSE_MS = 30 * 60_000
export const undecided = phoneList<Undecided>('lf_undecided', LAPSE_MS)

const WAIT_S = 20
const TIMEOUT_MS = 35_000

export type End = { stamp: Stamp } | { lapsed: true } | { signedOut: true }

/** Ask until there is an answer: the server holds each question until something happens, so
    one question is under way nearly all the time, and the answer comes within a moment. */
export async function untilDecided(
  scanId: string,
  signal: AbortSignal,
  heard: (state: { needs?: Need[]; online: boolean }) => void,
  member?: number,
): Promise<End | null> {
  for (let attempt = 0; !signal.aborted; ) {
    const question = askingUntil(signal)
    try {
      const answer = await api.get<Stamp | StillWaiting>(`/scans/${scanId}`, { wait: WAIT_S, member }, question.signal, TIMEOUT_MS)
      if (isStamp(answer)) return { stamp: answer }
      heard({ needs: answer.needs, online: true })
      attempt = 0
    } catch (error) {
      if (signal.aborted) return null
      if (error instanceof Problem && error.status === 401) return { signedOut: true }
      if (error instanceof Problem && (error.status === 404 || error.status === 410)) return { lapsed: true }
      heard({ online: error instanceof Problem || (question.signal.aborted && navigator.onLine) })
      if (question.signal.aborted && navigator.onLine) continue // the network changed under it: ask over the new one
      await rest(pause(error instanceof Problem ? error.retryAfter : null, attempt++, Math.random()), signal)
    } finally {
      question.over()
    }
  }
  return null
}

/** A question that ends with the page, and with the network it was asked over: on a dead
    connection it would stand until its time is over. */
function askingUntil(signal: AbortSignal): { signal: AbortSignal; over: () => void } {
  const question = new AbortController()
  const end = () => question.abort()
  signal.addEventListener('abort', end)
  window.addEventListener('offline', end)
  window.addEventListener('online', end)
  return {
    signal: question.signal,
    over: () => {
      signal.removeEventListener('abort', end)
      window.removeEventListener('offline', end)
      window.removeEventListener('online', end)
    },
  }
}

/** A pause that the returning network, a look at the page or its end cuts short. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      document.removeEventListener('visibilitychange', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
    document.addEventListener('visibilitychange', done)
    signal.addEventListener('abort', done)
  })
}
