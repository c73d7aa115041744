/** Base45 (RFC 9285): bytes in the letters that a QR code packs tightest. */
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function encode45(data: Uint8Array): string {
  let text = ''
  for (let at = 0; at + 1 < data.length; at += 2) {
    const value = data[at]! * 256 + data[at + 1]!
    text += LETTERS[value % 45]! + LETTERS[Math.floor(value / 45) % 45]! + LETTERS[Math.floor(value / 2025)]!
  }
  if (data.length % 2) {
    const value = data[data.length - 1]!
    text += LETTERS[value % 45]! + LETTERS[Math.floor(value / 45)]!
  }
  return text
}

const VALUES = new Int8Array(128).fill(-1)
for (let nth = 0; nth < LETTERS.length; nth++) VALUES[LETTERS.charCodeAt(nth)] = nth

/** Throws where the text is no Base45. A gate does this for each code: no array is made but the last one. */
export function decode45(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0))
  const digit = (at: number): number => {
    const found = VALUES[text.charCodeAt(at)] ?? -1
    if (found < 0) throw new Error('Base45')
    return found
  }
  if (text.length % 3 === 1) throw new Error('Base45')
  let to = 0
  for (let at = 0; at < text.length; at += 3) {
    const whole = at + 2 < text.length
    const value = digit(at) + digit(at + 1) * 45 + (whole ? digit(at + 2) * 2025 : 0)
    if (value >= (whole ? 65536 : 256)) throw new Error('Base45')
    if (whole) out[to++] = value >> 8
    out[to++] = value & 255
  }
  return out
}
