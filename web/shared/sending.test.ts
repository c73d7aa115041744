import { describe, expect, it } from 'vitest'
import { NetworkLost, Problem } from './api/problem'
import { pause, sendInOrder } from './sending'

it('a pause spreads phones over half to one and a half times the wait', () => {
  expect([pause(4, 0, 0), pause(4, 0, 1)]).toEqual([2000, 6000])
  expect([pause(null, 0, 0.5), pause(null, 9, 0.5)]).toEqual([1000, 8000])
  expect(pause(0, 0, 0)).toBe(250)
})

describe('a round of sending', () => {
  const no = new Problem(409, { code: 'already_decided', detail: '已由他人决定。' })

  /** Sends a, b, c to a server that answers with these; says what was sent, what was refused and how it ended. */
  async function round(...answers: (null | Error)[]) {
    const sent: string[] = []
    const refused: string[] = []
    const end = await sendInOrder(
      ['a', 'b', 'c'],
      async (one) => {
        sent.push(one)
        const answer = answers.shift()
        if (answer) throw answer
      },
      (one, problem) => void refused.push(`${one}: ${problem.detail}`),
    )
    return { sent: sent.join(''), refused, end }
  }

  it('goes in order and on after a clear no', async () => {
    expect(await round(null, no, null)).toEqual({ sent: 'abc', refused: ['b: 已由他人决定。'], end: { end: 'done' } })
  })

  it('stops at the first sign of trouble: nothing overtakes', async () => {
    expect(await round(null, new NetworkLost())).toEqual({ sent: 'ab', refused: [], end: { end: 'trouble', retryAfter: null } })
    expect((await round(new Problem(503, {}, 7))).end).toEqual({ end: 'trouble', retryAfter: 7 })
    expect((await round(new Problem(429, {}))).sent).toBe('a')
  })

  it('stops when nobody is signed in, and refuses nothing', async () => {
    expect(await round(new Problem(401, {}))).toEqual({ sent: 'a', refused: [], end: { end: 'signedOut' } })
  })

  it('does not take a fault in the page for an answer', async () => {
    await expect(round(new TypeError('fault'))).rejects.toThrow('fault')
  })
})
