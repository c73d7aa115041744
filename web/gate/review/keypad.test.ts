import { describe, expect, it } from 'vitest'
import { celsiusOf, complete, display, HIGHEST, LOWEST, possible, press } from './keypad'

const DIGITS = '0123456789'
const type = (digits: string) => [...digits].reduce(press, '')

describe('the temperature keypad', () => {
  it('reads three digits as degrees and tenths', () => {
    expect(['', '3', '36', '365'].map(display)).toEqual(['––.–', '3–.–', '36.–', '36.5'])
    expect(celsiusOf(type('365'))).toBe(36.5)
    expect(celsiusOf(type('36'))).toBeNull()
  })

  it('takes no fourth digit', () => {
    expect(type('3659')).toBe('365')
  })

  it('cannot be brought beyond what the server takes, whatever is pressed', () => {
    const reached = [...DIGITS].flatMap((a) => [...DIGITS].flatMap((b) => [...DIGITS].map((c) => celsiusOf(type(a + b + c)))))
    const values = reached.filter((value) => value !== null)
    expect(Math.min(...values)).toBe(LOWEST)
    expect(Math.max(...values)).toBe(HIGHEST)
  })

  it('shows only the keys that can come next', () => {
    const next = (entry: string) => [...DIGITS].filter((digit) => possible(entry, digit)).join('')
    expect(next('')).toBe('34')
    expect(next('3')).toBe(DIGITS)
    expect(next('4')).toBe('012345')
    expect(next('45')).toBe('0')
    expect(next('365')).toBe('')
  })

  it('asks once more for an odd value, and takes it when it is odd again', () => {
    expect([36.5, 35, 40.9].map((value) => complete(value, false))).toEqual(['take', 'take', 'take'])
    expect([34.9, 41, 45].map((value) => complete(value, false))).toEqual(['again', 'again', 'again'])
    expect(complete(34.2, true)).toBe('confirmed')
    expect(complete(36.5, true)).toBe('take')
  })
})
