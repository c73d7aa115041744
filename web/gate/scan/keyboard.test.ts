import { describe, expect, it } from 'vitest'
import { createBurst } from './keyboard'

/** Presses the keys `gap` ms apart; what each press said. */
function type(keys: string[], gap: number, burst = createBurst(), start = 0): (string | null)[] {
  return keys.map((key, index) => burst.press(key, start + index * gap))
}

const TOKEN = 'LF1.q8Zt-x_w'

describe('a scanner that types', () => {
  it('is known by its haste and its Enter', () => {
    expect(type([...TOKEN, 'Enter'], 8).pop()).toBe(TOKEN)
  })

  it('may press Shift for its capitals', () => {
    const keys = [...TOKEN].flatMap((key) => (/[A-Z]/.test(key) ? ['Shift', key] : [key]))
    expect(type([...keys, 'Enter'], 10).pop()).toBe(TOKEN)
  })

  it('is not taken for somebody who types, however well', () => {
    expect(type([...'hello there', 'Enter'], 90).every((said) => said === null)).toBe(true)
  })

  it('is told apart from what was typed just before it', () => {
    const burst = createBurst()
    type([...'abc'], 120, burst)
    expect(type([...TOKEN, 'Enter'], 8, burst, 1000).pop()).toBe(TOKEN)
  })

  it('does not take a quick Enter after a short word', () => {
    expect(type([...'ok', 'Enter'], 20).pop()).toBeNull()
  })

  it('reads two codes one after the other', () => {
    const burst = createBurst()
    expect(type([...TOKEN, 'Enter'], 8, burst).pop()).toBe(TOKEN)
    expect(type([...'LF1.second', 'Enter'], 8, burst, 400).pop()).toBe('LF1.second')
  })
})
