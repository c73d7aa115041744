import { encode45 } from './base45'
import { array, bytes, join, uint, type Bytes } from './cbor'
import { KCWT, sign1 } from './sign1'

/** What a phone shows: `LF2:` + Base45 of [time, challenge], signed by its own key, with its credential; for a family with the
    numbers of the others' credentials. */
export const PREFIX = 'LF2:'
export const EVERY_MS = 5000
/** What a phone signed is good for so long, and clocks may differ by so much. */
export const FRESH_MS = 30_000

export async function present(key: CryptoKey, credential: Uint8Array, now: number, others: number[] = []): Promise<string> {
  const challenge = crypto.getRandomValues(new Uint8Array(4))
  const payload = array(uint(Math.floor(now / 1000)), bytes(challenge), ...(others.length ? [array(...others.map(uint))] : []))
  return PREFIX + encode45(await sign1(key, payload, join([0xa1, KCWT], credential)))
}

const SHAPES = 6

/** The challenge of these five seconds: it follows from the credential's signature, so the gate that has read the code shows
    the same one, moving in step, and a picture of it stands still. */
export interface Challenge {
  digits: string
  shape: number
}

export async function challengeOf(signature: Bytes, now: number): Promise<Challenge> {
  const slot = bytes(new TextEncoder().encode(String(Math.floor(now / EVERY_MS))))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', join(signature, slot)))
  return { digits: String((hash[0]! * 256 + hash[1]!) % 1000).padStart(3, '0'), shape: hash[2]! % SHAPES }
}

/** The last 64 bytes of a COSE_Sign1 are its signature. */
export const signatureOf = (message: Uint8Array): Bytes => message.slice(-64) as Bytes
