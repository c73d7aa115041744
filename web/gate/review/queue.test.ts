import { describe, expect, it } from 'vitest'
import type { Kept } from '../outbox/tap'
import type { DecisionBody, WaitingPerson } from '../types'
import { newcomers, stillWaiting } from './queue'

const person = (scan_id: string, minute: number, needs: WaitingPerson['needs'] = ['review']): WaitingPerson => ({
  scan_id,
  person_id: 1,
  serial: scan_id,
  name: '赵*燕',
  at: `2026-11-22T07:${String(minute).padStart(2, '0')}:00Z`,
  needs,
  hold: null,
  answers: [],
  temperature: null,
  last_visit_at: null,
  seat: null,
  floor: null,
  tenant: null,
})
const tap = (scan_id: string, more: Partial<DecisionBody>, gate = 5): Kept => ({
  seq: 1,
  kind: 'decision',
  gate,
  account: 2,
  name: '赵*燕',
  body: { decision_id: 'd', scan_id, person_id: 1, action: 'approve', at: '2026-11-22T07:30:00Z', ...more },
})
const ids = (people: WaitingPerson[]) => people.map((one) => one.scan_id)

describe('the queue', () => {
  it('has the longest wait first', () => {
    expect(ids(stillWaiting([person('late', 9), person('early', 1)], [], 5, 37.3))).toEqual(['early', 'late'])
  })

  it('has nobody any more who was decided here, sent or not', () => {
    const people = [person('a', 1), person('b', 2), person('c', 3)]
    const taps = [tap('a', {}), tap('b', { action: 'refuse', note: '无预约' })]
    expect(ids(stillWaiting(people, taps, 5, 37.3))).toEqual(['c'])
    expect(ids(stillWaiting(people, [tap('a', {}, 6)], 5, 37.3))).toEqual(['a', 'b', 'c'])
  })

  it('keeps a measured person who is still to be looked at, and lets the others go', () => {
    const people = [person('both', 1, ['temperature', 'review']), person('only', 2, ['temperature'])]
    const left = stillWaiting(people, [tap('both', { action: 'measure', celsius: 36.5 }), tap('only', { action: 'measure', celsius: 36.6 })], 5, 37.3)
    expect(ids(left)).toEqual(['both'])
    expect(left[0]).toMatchObject({ needs: ['review'], temperature: { celsius: 36.5, reused: false } })
  })

  it('lets a fever go: nobody can approve it', () => {
    const both = person('both', 1, ['temperature', 'review'])
    expect(stillWaiting([both], [tap('both', { action: 'measure', celsius: 37.3 })], 5, 37.3)).toEqual([])
    expect(stillWaiting([both], [tap('both', { action: 'measure', celsius: 37.2 })], 5, 37.3).length).toBe(1)
  })

  it('knows who is new', () => {
    expect(ids(newcomers([person('a', 1)], [person('a', 1), person('b', 2)]))).toEqual(['b'])
  })
})
