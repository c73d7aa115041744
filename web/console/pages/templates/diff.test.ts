import { describe, expect, it } from 'vitest'
import type { Field } from '@shared/api/types'
import { condition, diff } from './diff'

const field = (key: string, more: Partial<Field> = {}): Field => ({
  key,
  type: 'text',
  label: key,
  label_en: key,
  required: true,
  remember: false,
  ...more,
})
const CHOICES = [
  { value: 'no', label: '没有', label_en: 'No' },
  { value: 'yes', label: '到过', label_en: 'Yes' },
]
const [a, b, c] = ['a', 'b', 'c'].map((key) => field(key)) as [Field, Field, Field]
const told = (before: Field[], after: Field[]) => diff(before, after).map((change) => `${change.kind} ${change.field.key}`)

describe('two versions of a form', () => {
  it('are the same, or differ by a field', () => {
    expect(told([a, b], [a, b])).toEqual([])
    expect(told([a, b], [a, b, c])).toEqual(['added c'])
    expect(told([a, b, c], [a, c])).toEqual(['removed b'])
  })

  it('name the one field that was moved, not those that made room', () => {
    expect(told([a, b, c], [c, a, b])).toEqual(['moved c'])
    expect(told([a, b, c], [b, a, c])).toHaveLength(1)
  })

  it('say what a field was before', () => {
    const [change] = diff([a], [field('a', { required: false, max_length: 20 })])
    expect(change!.parts).toEqual([
      { name: 'required', before: 'true', after: 'false' },
      { name: 'limits', before: '≤ 100', after: '≤ 20' },
    ])
  })

  it('tell choices and conditions in words', () => {
    const outside = field('outside', { type: 'choice', label: '外地', label_en: 'Elsewhere', choices: CHOICES })
    const where = field('where', { show_when: { field: 'outside', equals: ['yes'] } })
    expect(condition(where, [outside, where])).toBe('外地 = 到过')
    expect(condition(where, [outside, where], true)).toBe('Elsewhere = Yes')
    expect(diff([outside, field('where')], [outside, where])[0]!.parts).toEqual([
      { name: 'condition', before: '', after: '外地 = 到过' },
    ])
    const fewer = { ...outside, choices: CHOICES.slice(1) }
    expect(diff([outside], [fewer])[0]!.parts).toEqual([{ name: 'choices', before: '没有 / No、到过 / Yes', after: '到过 / Yes' }])
  })
})
