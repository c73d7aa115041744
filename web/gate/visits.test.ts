import { expect, it } from 'vitest'
import type { GateVisit } from '@shared/api/types'
import { attention, isFresh, merge } from './visits'

const now = Date.parse('2026-11-22T04:10:00Z')
const visit = (id: string, secondsAgo: number, verdict: GateVisit['verdict'] = 'pass'): GateVisit => ({
  scan_id: id,
  serial: id,
  at: new Date(now - secondsAgo * 1000).toISOString(),
  name: '张*三',
  verdict,
  reason: 'ok',
  reason_text: '已登记，请通行。',
  source: 'resident',
})

it('a list is newest first and has each visit once', () => {
  const list = merge([visit('b', 20), visit('c', 30)], [visit('a', 10), visit('b', 20), visit('d', 25)])
  expect(list.map((one) => one.scan_id)).toEqual(['a', 'b', 'd', 'c'])
})

it('an upload from hours ago does not come onto the big field', () => {
  expect(isFresh(visit('a', 5), now)).toBe(true)
  expect(isFresh(visit('a', 3600), now)).toBe(false)
})

it('a refusal stays in sight while others pass', () => {
  const current = visit('a', 1)
  const stopped = visit('b', 20, 'refuse')
  expect(attention([current, stopped, visit('c', 30, 'observe')], current, now).map((one) => one.scan_id)).toEqual(['b', 'c'])
  expect(attention([stopped], stopped, now)).toEqual([])
  expect(attention([visit('old', 200, 'refuse')], null, now)).toEqual([])
})
