/** As much of CBOR (RFC 8949) as codes and status lists need: whole numbers, bytes, text, arrays, maps, tags. */
export type Bytes = Uint8Array<ArrayBuffer>

export class Tagged {
  constructor(
    readonly tag: number,
    readonly value: unknown,
  ) {}
}

const DEPTH = 8

/** Throws on anything that is cut short, left over, nested too deeply, or of another type. */
export function decode(data: Uint8Array): unknown {
  let at = 0
  const take = (length: number): Bytes => {
    if (length > data.length - at) throw new Error('CBOR: cut short')
    at += length
    return data.slice(at - length, at)
  }
  const number = (info: number): number => {
    if (info < 24) return info
    if (info > 27) throw new Error('CBOR: length')
    return take(2 ** (info - 24)).reduce((sum, byte) => sum * 256 + byte, 0)
  }
  const item = (depth: number): unknown => {
    if (depth > DEPTH) throw new Error('CBOR: depth')
    const first = take(1)[0]!
    const value = number(first & 31)
    const many = <T>(make: () => T): T[] => {
      if (value > data.length - at) throw new Error('CBOR: cut short')
      return Array.from({ length: value }, make)
    }
    switch (first >> 5) {
      case 0:
        return value
      case 1:
        return -1 - value
      case 2:
        return take(value)
      case 3:
        return new TextDecoder('utf-8', { fatal: true }).decode(take(value))
      case 4:
        return many(() => item(depth + 1))
      case 5:
        return new Map(many(() => [item(depth + 1), item(depth + 1)] as const))
      case 6:
        return new Tagged(value, item(depth + 1))
      default:
        throw new Error('CBOR: type')
    }
  }
  const found = item(0)
  if (at !== data.length) throw new Error('CBOR: left over')
  return found
}

export function join(...parts: ArrayLike<number>[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function head(major: number, value: number): Bytes {
  const first = major << 5
  if (value < 24) return new Uint8Array([first | value])
  const width = value < 256 ? 0 : value < 65536 ? 1 : 2
  const bytes = Array.from({ length: 2 ** width }, (_, nth) => Math.floor(value / 256 ** (2 ** width - 1 - nth)) & 255)
  return new Uint8Array([first | (24 + width), ...bytes])
}

export const uint = (value: number): Bytes => head(0, value)
export const bytes = (value: Uint8Array): Bytes => join(head(2, value.length), value)
export const text = (value: string): Bytes => {
  const encoded = new TextEncoder().encode(value)
  return join(head(3, encoded.length), encoded)
}
export const array = (...items: Uint8Array[]): Bytes => join(head(4, items.length), ...items)
