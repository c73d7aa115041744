import { NetworkLost, Problem } from './api/problem'

/** What every outbox on a phone has in common: things that were done and must reach the
    server, each under an id of its own, so that sending one again does no harm. */

/** Not an answer about the thing itself: it may be sent again, and may have been stored. */
export function passing(error: unknown): boolean {
  return error instanceof NetworkLost || (error instanceof Problem && (error.status >= 500 || error.status === 429))
}

/** Seconds as the server asked (Retry-After), or doubling from one; ± half, so that a crowd of phones spreads out. */
export function pause(retryAfter: number | null, attempt: number, random: number): number {
  const base = retryAfter ?? Math.min(2 ** attempt, 8)
  return Math.round(Math.max(base, 0.5) * (0.5 + random) * 1000)
}

/** What ended a round: everything had its answer, the network or server was in trouble, nobody is signed in. */
export type Round = { end: 'done' } | { end: 'trouble'; retryAfter: number | null } | { end: 'signedOut' }

/** Send oldest first, one after the other, and stop at the first sign of trouble: what comes
    later must not overtake. A clear no is told to `refused`, and the next one has its turn. */
export async function sendInOrder<T>(
  left: T[],
  send: (one: T) => Promise<void>,
  refused: (one: T, problem: Problem) => void | Promise<void>,
): Promise<Round> {
  for (const one of left) {
    try {
      await send(one)
    } catch (error) {
      if (passing(error)) return { end: 'trouble', retryAfter: error instanceof Problem ? error.retryAfter : null }
      if (!(error instanceof Problem)) throw error
      if (error.status === 401) return { end: 'signedOut' }
      await refused(one, error)
    }
  }
  return { end: 'done' }
}

/** The sentence of a no: that of the field at fault, where one is named. */
export const sentenceOfNo = (problem: Problem): string => problem.errors[0]?.detail ?? problem.detail
