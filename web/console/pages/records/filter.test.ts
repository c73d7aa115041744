import { describe, expect, it } from 'vitest'
import { personQuery, queryOf } from './filter'

describe('what is typed as a person', () => {
  it('is a telephone number when it looks like one, in any width', () => {
    expect(personQuery(' 138 1234 5678 ')).toEqual({ phone: '13812345678' })
    expect(personQuery('１３８１２３４５６７８')).toEqual({ phone: '13812345678' })
  })
  it('is a document otherwise', () => {
    expect(personQuery('13073219900307001x')).toEqual({ document: '13073219900307001x' })
    expect(personQuery('')).toEqual({})
  })
})

describe('a period', () => {
  it('is the wall clock of Asia/Shanghai, its last second included', () => {
    const query = queryOf({
      unit_id: 1,
      checkpoint_id: null,
      tenant_id: null,
      person: '',
      from: '2026-11-22 00:00:00',
      to: '2026-11-22 23:59:59',
      verdict: '',
    })
    expect(query).toEqual({ unit_id: 1, from: '2026-11-21T16:00:00Z', to: '2026-11-22T16:00:00Z' })
  })
})
