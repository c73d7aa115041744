import { describe, expect, it } from 'vitest'
import { NetworkLost, Problem } from '@shared/api/problem'
import type { Stamp, StillWaiting } from '@shared/api/types'
import { createOutbox, type ScanBody, type Taken, type Waiting } from './outbox'

const scan: Waiting = {
  scan_id: '0193-a',
  person_id: 7,
  code: 'ABC',
  place: '龙关镇政府',
  answers: { temperature: 36.5 },
  template_id: 3,
  at: '2026-11-22T04:10:00Z',
}
const stamp = { scan_id: '0193-a', verdict: 'pass' } as Stamp
const busy = new Problem(503, { detail: '请稍候。' }, 2)

/** A phone whose server answers with these, in turn. */
function phone(...answers: (Taken | Error)[]) {
  const memory = new Map<string, string>()
  const sent: ScanBody[] = []
  const waits: number[] = []
  const undecided: string[] = []
  const storage = { getItem: (key: string) => memory.get(key) ?? null, setItem: (key: string, value: string) => void memory.set(key, value) }
  const surroundings = {
    storage,
    post: async (body: ScanBody) => {
      sent.push(body)
      const answer = answers.shift() ?? new NetworkLost()
      if (answer instanceof Error) throw answer
      return answer
    },
    find: async () => stamp,
    wait: async (ms: number) => void waits.push(ms),
    random: () => 0.5,
    undecided: (one: Waiting) => void undecided.push(one.scan_id),
  }
  return { outbox: createOutbox(surroundings), sent, waits, undecided, restart: () => createOutbox(surroundings) }
}

describe('a scan', () => {
  it('is struck out of the outbox by its stamp', async () => {
    const { outbox, sent } = phone(stamp)
    expect(await outbox.checkIn(scan, () => {})).toEqual({ stamp })
    expect(sent).toEqual([{ scan_id: '0193-a', code: 'ABC', answers: { temperature: 36.5 }, template_id: 3 }])
    expect(outbox.waiting.value).toEqual([])
  })

  it('waits as long as a busy server asks and sends the same scan_id again', async () => {
    const { outbox, sent, waits } = phone(busy, busy, stamp)
    const tries: number[] = []
    expect(await outbox.checkIn(scan, (n) => tries.push(n))).toEqual({ stamp })
    expect(new Set(sent.map((one) => one.scan_id)).size).toBe(1)
    expect(waits).toEqual([2000, 2000])
    expect(tries).toEqual([1, 2])
  })

  it('is kept with its time when the network is lost, also over a restart', async () => {
    const { outbox, restart } = phone()
    expect(await outbox.checkIn(scan, () => {})).toEqual({ saved: scan })
    expect(restart().waiting.value).toEqual([scan])
  })

  it('is not kept when the server has answered no', async () => {
    const no = new Problem(422, { detail: '请检查填写内容。' })
    const { outbox } = phone(no)
    await expect(outbox.checkIn(scan, () => {})).rejects.toBe(no)
    expect(outbox.waiting.value).toEqual([])
  })
})

describe('a scan that an attendant has to decide', () => {
  const answer = { state: 'waiting', scan_id: '0193-a', needs: ['review'] } as StillWaiting

  it('leaves the outbox for the list of those', async () => {
    const { outbox, undecided } = phone(answer)
    expect(await outbox.checkIn(scan, () => {})).toEqual({ undecided: answer })
    expect(outbox.waiting.value).toEqual([])
    expect(undecided).toEqual(['0193-a'])
  })

  it('does so too when it was sent late', async () => {
    const { outbox, undecided } = phone(new NetworkLost(), new NetworkLost(), answer)
    await outbox.checkIn(scan, () => {})
    await outbox.flush(7)
    expect(outbox.waiting.value).toEqual([])
    expect(undecided).toEqual(['0193-a'])
    expect(outbox.delivered.value).toEqual({})
  })
})

describe('a kept scan', () => {
  it('is sent later with its own time', async () => {
    const { outbox, sent } = phone(new NetworkLost(), new NetworkLost(), stamp)
    await outbox.checkIn(scan, () => {})
    await outbox.flush(7)
    expect(sent.at(-1)).toMatchObject({ scan_id: '0193-a', at: scan.at })
    expect(outbox.waiting.value).toEqual([])
    expect(outbox.delivered.value['0193-a']).toEqual(stamp)
  })

  it('finds its first outcome when that had been stored before the network broke', async () => {
    const reused = new Problem(409, { code: 'scan_id_reused', detail: '编号已用。' })
    const { outbox } = phone(new NetworkLost(), new NetworkLost(), reused)
    await outbox.checkIn(scan, () => {})
    await outbox.flush(7)
    expect(outbox.waiting.value).toEqual([])
    expect(outbox.delivered.value['0193-a']).toEqual(stamp)
  })

  it('survives another tab that read the storage earlier', async () => {
    const { outbox, restart } = phone(new NetworkLost(), new NetworkLost(), stamp)
    const olderTab = restart()
    await outbox.checkIn(scan, () => {})
    olderTab.forget('something else')
    expect(restart().waiting.value).toEqual([scan])
    await olderTab.flush(7)
    expect(restart().waiting.value).toEqual([])
  })

  it('is never sent for another person', async () => {
    const { outbox, sent } = phone()
    await outbox.checkIn(scan, () => {})
    const before = sent.length
    await outbox.flush(8)
    expect(sent.length).toBe(before)
  })

  it('keeps the reason when the server refuses it for good, and is not sent again', async () => {
    const gone = new Problem(410, { detail: '这个场所码已更换。' })
    const { outbox, sent } = phone(new NetworkLost(), new NetworkLost(), gone)
    await outbox.checkIn(scan, () => {})
    await outbox.flush(7)
    await outbox.flush(7)
    expect(outbox.waiting.value[0]?.refused).toBe('这个场所码已更换。')
    expect(sent.length).toBe(3)
  })
})
