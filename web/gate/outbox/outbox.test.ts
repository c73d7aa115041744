import { describe, expect, it } from 'vitest'
import { NetworkLost, Problem } from '@shared/api/problem'
import { type Answer, createOutbox } from './outbox'
import { memoryStore, type Store } from './store'
import { idOf, type Tap } from './tap'

const ANNA = 7
const decision = (id: string, account = ANNA): Tap => ({
  kind: 'decision',
  gate: 3,
  account,
  name: '赵*燕',
  body: { decision_id: id, scan_id: `scan-${id}`, person_id: 1, action: 'approve', at: '2026-11-22T07:00:00Z' },
})
const scan = (id: string): Tap => ({
  kind: 'scan',
  gate: 3,
  account: ANNA,
  name: '',
  body: { scan_id: id, token: 'LF1.x', answers: {}, at: '2026-11-22T07:00:01Z' },
})
const yes: Answer = { scan_id: 's', state: 'decided', needs: [] }

/** A device: its network answers with these in turn, and is dead afterwards. */
function device(store: Store = memoryStore()) {
  const state = { account: ANNA as number | null, answers: [] as (Answer | Error)[] }
  const sent: string[] = []
  const pauses: number[] = []
  const wakeups: (() => void)[] = []
  const open = () =>
    createOutbox({
      store,
      post: async (path, body) => {
        sent.push(`${path} ${idOf({ ...decision(''), kind: path.endsWith('trips') ? 'trip' : path.endsWith('scans') ? 'scan' : 'decision', body } as Tap)}`)
        const answer = state.answers.shift() ?? new NetworkLost()
        if (answer instanceof Error) throw answer
        return answer
      },
      account: () => state.account,
      later: (ms, action) => {
        pauses.push(ms)
        wakeups.push(action)
      },
      random: () => 0.5,
      alone: (work) => work(),
    })
  return { open, state, sent, pauses, wakeups }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('taps at the gate', () => {
  it('are written down before they are sent, and struck out by their answer', async () => {
    const store = memoryStore()
    const { open, state } = device(store)
    state.answers = [yes]
    const outbox = open()
    const heard: (Answer | null)[] = []
    outbox.listen((_tap, answer) => heard.push(answer))
    const adding = outbox.add(decision('a'))
    await adding
    expect((await store.all()).map(idOf)).toEqual(['a'])
    await settled()
    expect(await store.all()).toEqual([])
    expect(heard).toEqual([yes])
    expect(outbox.unsent.value).toEqual([])
  })

  it('survive a dead network and a closed page, and arrive once each, in their order', async () => {
    const { open, state, sent } = device()
    const outbox = open()
    for (const tap of [decision('a'), scan('b'), decision('c')]) await outbox.add(tap)
    await settled()
    expect(new Set(sent)).toEqual(new Set(['/gate/3/decisions a'])) // nothing overtakes the first
    expect(outbox.unsent.value.length).toBe(3)
    sent.length = 0

    const reopened = open()
    await reopened.look()
    expect(reopened.unsent.value.map(idOf)).toEqual(['a', 'b', 'c'])
    state.answers = [yes, yes, yes]
    await reopened.now()
    expect(sent).toEqual(['/gate/3/decisions a', '/gate/3/scans b', '/gate/3/decisions c'])
    expect(reopened.unsent.value).toEqual([])
  })

  it('wait longer from try to try, and as long as the server asks', async () => {
    const { open, state, pauses, wakeups } = device()
    state.answers = [new NetworkLost(), new Problem(503, {}, 9), new NetworkLost()]
    await open().add(decision('a'))
    await settled()
    for (let n = 0; n < 2; n++) {
      wakeups[n]!()
      await settled()
    }
    expect(pauses).toEqual([1000, 9000, 4000])
  })

  it('stay as a note to be read when the server says no, and those behind go on', async () => {
    const { open, state, sent } = device()
    state.answers = [new Problem(409, { code: 'already_decided', detail: '已由李强放行。' }), yes]
    const outbox = open()
    const heard: (Answer | null)[] = []
    outbox.listen((_tap, answer) => heard.push(answer))
    await outbox.add(decision('a'))
    await outbox.add(decision('b'))
    await settled()
    expect(sent).toEqual(['/gate/3/decisions a', '/gate/3/decisions b'])
    expect(outbox.unsent.value).toEqual([])
    expect(outbox.notes.value.map((note) => note.refused)).toEqual(['已由李强放行。'])
    expect(heard).toEqual([null, yes])
    await outbox.flush()
    expect(sent.length).toBe(2)
    await outbox.dismiss(outbox.notes.value[0]!)
    expect(outbox.taps.value).toEqual([])
  })

  it('need no note when the first try had arrived after all', async () => {
    const { open, state } = device()
    state.answers = [new NetworkLost(), new Problem(409, { code: 'scan_id_reused' })]
    const outbox = open()
    await outbox.add(scan('a'))
    await settled()
    await outbox.now()
    expect(outbox.taps.value).toEqual([])
  })

  it('are kept when the session has ended, and are never sent by another account', async () => {
    const { open, state, sent } = device()
    state.answers = [new Problem(401, {})]
    const outbox = open()
    await outbox.add(decision('a'))
    await settled()
    expect(outbox.unsent.value.length).toBe(1)
    sent.length = 0
    state.account = 8
    state.answers = [yes, yes]
    await outbox.now()
    expect(sent).toEqual([])
    state.account = ANNA
    await outbox.now()
    expect(sent).toEqual(['/gate/3/decisions a'])
    expect(outbox.unsent.value).toEqual([])
  })

  it('are taken even where the browser keeps nothing, and that is said', async () => {
    const full = async () => Promise.reject(new Error('QuotaExceededError'))
    const { open } = device({ add: full, all: full, put: full, remove: full })
    const outbox = open()
    await outbox.add(decision('a'))
    expect(outbox.safe.value).toBe(false)
    expect(outbox.unsent.value.map(idOf)).toEqual(['a'])
  })

  it('made in quick succession are neither doubled nor lost from sight', async () => {
    const { open, state } = device()
    const outbox = open()
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => outbox.add(decision(id))))
    await settled()
    expect(outbox.unsent.value.map(idOf)).toEqual(['a', 'b', 'c', 'd'])
    state.answers = [yes, yes, yes, yes]
    await outbox.now()
    expect(outbox.unsent.value).toEqual([])
  })
})
