/** Three digits make a temperature: 3 6 5 → 36.5. What can't become one is not taken, so
    that a glove on the wrong key changes nothing. */

export const LOWEST = 30
export const HIGHEST = 45
/** Below or from here on it is more likely a slip than a fever; the server asks the same. */
const ODD_BELOW = 35
const ODD_FROM = 41

/** The keys that make sense after what stands there. */
export function possible(entry: string, digit: string): boolean {
  if (entry.length === 0) return digit === '3' || digit === '4'
  if (entry.length === 1) return entry === '3' || Number(digit) <= 5
  return entry.length === 2 && !(entry === '45' && digit !== '0')
}

export const press = (entry: string, digit: string): string => (possible(entry, digit) ? entry + digit : entry)

/** What the display shows: 36.5, 36._, 3_._ */
export function display(entry: string): string {
  const [tens, ones, tenths] = [0, 1, 2].map((at) => entry[at] ?? '–')
  return `${tens}${ones}.${tenths}`
}

export const celsiusOf = (entry: string): number | null => (entry.length === 3 ? Number(entry) / 10 : null)

export const odd = (celsius: number): boolean => celsius < ODD_BELOW || celsius >= ODD_FROM

/** The entry is complete. An odd value is asked for once more; when it is odd again it stands. */
export function complete(celsius: number, askedBefore: boolean): 'take' | 'again' | 'confirmed' {
  if (!odd(celsius)) return 'take'
  return askedBefore ? 'confirmed' : 'again'
}
