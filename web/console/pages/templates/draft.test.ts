import { describe, expect, it } from 'vitest'
import type { Field } from '@shared/api/types'
import { conditionsFor, draftOf, fieldsOf, moved, newChoice, newField, revived, wrongOf, type DraftField } from './draft'

const OUTSIDE: Field = {
  key: 'outside',
  type: 'choice',
  label: '到过外地',
  label_en: 'Been elsewhere',
  required: true,
  remember: true,
  choices: [
    { value: 'no', label: '没有', label_en: 'No' },
    { value: 'yes', label: '到过', label_en: 'Yes' },
  ],
}
const WHERE: Field = {
  key: 'where',
  type: 'text',
  label: '到过哪里',
  label_en: 'Where',
  help: '写到县',
  help_en: 'The county',
  required: true,
  remember: false,
  max_length: 40,
  show_when: { field: 'outside', equals: ['yes'] },
}
const COUNT: Field = { key: 'n', type: 'number', label: '人数', label_en: 'People', required: false, remember: false, min: 0, max: 9 }
const form = (...fields: Field[]) => draftOf({ name: '返乡', name_en: 'Home', fields })
const filled = (all: DraftField[] = []): DraftField => ({ ...newField(all), label: '问题' })

describe('a draft', () => {
  it('keeps what the fields of a form say', () => {
    expect(fieldsOf(form(OUTSIDE, WHERE, COUNT).fields)).toEqual([OUTSIDE, WHERE, COUNT])
  })

  it('leads a condition along when keys and words change', () => {
    const { fields } = form(OUTSIDE, WHERE)
    fields[0]!.key = 'been_outside'
    fields[0]!.choices[1]!.value = 'been'
    expect(fieldsOf(fields)[1]!.show_when).toEqual({ field: 'been_outside', equals: ['been'] })
  })

  it('says what is missing before it is published', () => {
    const fresh = newField([])
    expect(wrongOf(fresh, [fresh])).toEqual(['label'])
    const choice: DraftField = { ...filled(), type: 'choice', choices: [newChoice([])] }
    expect(wrongOf(choice, [choice])).toEqual(['choices'])
    const twins = ['甲', '乙'].map((label, n) => ({ id: 900 + n, value: 'same', label, label_en: '' }))
    expect(wrongOf({ ...choice, choices: twins }, [])).toEqual(['choiceTwice'])
    expect(wrongOf({ ...filled(), key: 'Bad Key' }, [])).toEqual(['key'])
    const one = filled()
    expect(wrongOf(one, [one, { ...filled(), key: one.key }])).toEqual(['keyTwice'])
    expect(wrongOf({ ...filled(), type: 'number', min: 9, max: 1 }, [])).toEqual(['range'])
  })

  it('knows a condition that no longer holds', () => {
    const { fields } = form(OUTSIDE, WHERE)
    const [outside, where] = fields as [DraftField, DraftField]
    expect(conditionsFor(where, fields)).toEqual([outside])
    expect(wrongOf(where, fields)).toEqual([])
    expect(wrongOf(where, [where, outside])).toEqual(['conditionAbove'])
    expect(wrongOf(where, [where])).toEqual(['conditionAbove'])
    outside.choices.pop()
    expect(wrongOf(where, fields)).toEqual(['conditionValues'])
    outside.type = 'text'
    expect(wrongOf(where, fields)).toEqual(['conditionAbove'])
  })

  it('never gives two new fields or choices one name, also after it was kept', () => {
    const fields = [newField([]), { ...newField([]), key: 'field_3' }]
    expect(newField(fields).key).toBe('field_4')
    const old = revived({ name: '', name_en: '', fields: [{ ...filled(), id: 70_000 }] })
    expect(newField(old.fields).id).toBeGreaterThan(70_000)
    expect(newChoice([{ id: 1, value: 'choice_2', label: '', label_en: '' }]).value).toBe('choice_3')
  })

  it('is put in order', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c'])
    expect(moved(['a', 'b', 'c'], 2, 3)).toEqual(['a', 'b', 'c'])
  })
})
