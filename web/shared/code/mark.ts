import type { components } from '../api/schema'
import type { Bytes } from './cbor'

/** What a stamp and its gate move by. */
export type Mark = components['schemas']['Mark']

const decoded = new Map<string, Bytes>()

/** The seed of an instant: one object as long as it counts, so that who watches it is not woken every second. */
export function seedAt(mark: Mark, now: number): Bytes | null {
  if (!window.crypto?.subtle) return null
  const text = mark.seeds[Math.floor((now - Date.parse(mark.since)) / 1000 / mark.window_s)]
  if (!text) return null
  if (!decoded.has(text)) {
    if (decoded.size > 8) decoded.clear()
    decoded.set(text, Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0)))
  }
  return decoded.get(text)!
}
