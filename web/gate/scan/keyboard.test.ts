import { describe, expect, it } from 'vitest'
import { createBurst } from './keyboard'

const TOKEN = 'LF1.q8Zt-x_wB7cD3eF5gH9j'

/** Presses the keys of a text `gap` ms apart, then Enter; `before` is what stood in the field. */
function scanner() {
  const burst = createBurst<string>()
  let now = 0
  let field = ''
  return {
    type(keys: string[], gap: number): void {
      for (const key of keys) {
        burst.press(key, (now += gap), field)
        if (key.length === 1) field += key
      }
    },
    wait: (ms: number) => void (now += ms),
    enter: (gap = 8) => burst.press('Enter', (now += gap), field),
  }
}

describe('a scanner that types', () => {
  it('is known by the beginning of a resident’s code, also on a slow line', () => {
    for (const gap of [2, 30, 120]) {
      const keys = scanner()
      keys.type([...TOKEN], gap)
      expect(keys.enter(gap)).toEqual({ text: TOKEN, before: '' })
    }
  })

  it('may press Shift for its capitals', () => {
    const keys = scanner()
    keys.type([...TOKEN].flatMap((key) => (/[A-Z]/.test(key) ? ['Shift', key] : [key])), 10)
    expect(keys.enter()?.text).toBe(TOKEN)
  })

  it('reads other codes by its haste', () => {
    const keys = scanner()
    keys.type([...'http://door/v/1'], 8)
    expect(keys.enter()?.text).toBe('http://door/v/1')
  })

  it('is not taken for somebody who types, however well', () => {
    const keys = scanner()
    keys.type([...'hello there'], 90)
    expect(keys.enter(90)).toBeNull()
    keys.wait(1000)
    keys.type([...'ok'], 20)
    expect(keys.enter(20)).toBeNull()
    expect(keys.enter(20)).toBeNull()
  })

  it('leaves what was typed into the field before it', () => {
    const keys = scanner()
    keys.type([...'abc'], 120)
    keys.type([...TOKEN], 8)
    expect(keys.enter()).toEqual({ text: TOKEN, before: 'abc' })
  })

  it('reads two codes one after the other', () => {
    const keys = scanner()
    keys.type([...TOKEN], 8)
    expect(keys.enter()?.text).toBe(TOKEN)
    keys.type([...TOKEN.replace('q8', 'zz')], 8)
    expect(keys.enter()?.text).toBe(TOKEN.replace('q8', 'zz'))
  })
})
