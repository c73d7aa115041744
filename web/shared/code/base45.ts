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

/** Throws where the text is no Base45. */
export function decode45(text: string): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  for (let at = 0; at < text.length; at += 3) {
    const group = [...text.slice(at, at + 3)].map((letter) => LETTERS.indexOf(letter))
    const value = group.reduceRight((sum, digit) => sum * 45 + digit, 0)
    if (group.length === 1 || group.includes(-1) || value >= 256 ** (group.length - 1)) throw new Error('Base45')
    if (group.length === 3) out.push(value >> 8)
    out.push(value & 255)
  }
  return new Uint8Array(out)
}
