import { FRESH_MS, PREFIX } from '@shared/code/live'
import { serverNow } from '@shared/clock'
import { judge, Refused, type Judged } from './judge'
import { load, refresh, trust } from './trust'

/** Judges what is held before this gate, and remembers what was: the same picture is not good twice. */
const seen = new Map<string, number>()

/** Undefined: this browser can't, or the code is of another sort; the server is asked. Throws `Refused`. */
export async function verifyHere(text: string): Promise<Judged | undefined> {
  if (!crypto.subtle) return undefined
  await load()
  const now = serverNow()
  let judged: Judged
  try {
    judged = await judge(text, trust, now)
  } catch (error) {
    if (!(error instanceof Refused) || !['forged', 'noList'].includes(error.reason) || !text.startsWith(PREFIX) || !navigator.onLine) throw error
    // Perhaps a key or a list that is newer than what this device has.
    await refresh().catch(() => undefined)
    judged = await judge(text, trust, serverNow())
  }
  if (judged.once) {
    for (const [once, at] of seen) if (now - at > 3 * FRESH_MS) seen.delete(once)
    if (seen.has(judged.once)) throw new Refused('replayed')
    seen.set(judged.once, now)
  }
  return judged
}
