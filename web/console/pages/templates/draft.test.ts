import { describe, expect, it } from 'vitest'
import { choicesOf, draftOf, fieldOf, newField, wrongOf } from './draft'

describe('choices written as lines', () => {
  it('take a value, a Chinese and an English word', () => {
    expect(choicesOf('home = 回家 / Going home')).toEqual([{ value: 'home', label: '回家', label_en: 'Going home' }])
  })
  it('number themselves and repeat the Chinese word where parts are left out', () => {
    expect(choicesOf('回家\n\n 工作 / Work ')).toEqual([
      { value: 'choice_1', label: '回家', label_en: '回家' },
      { value: 'choice_2', label: '工作', label_en: 'Work' },
    ])
  })
})

describe('a draft', () => {
  it('keeps what an existing field says', () => {
    const field = {
      key: 'why',
      type: 'choice' as const,
      label: '事由',
      label_en: 'Purpose',
      required: true,
      remember: true,
      choices: [{ value: 'home', label: '回家', label_en: 'Going home' }],
    }
    expect(fieldOf(draftOf(field))).toEqual(field)
  })
  it('says what is missing before it is sent', () => {
    const fresh = newField([])
    expect(wrongOf(fresh, [fresh])).toEqual(['label'])
    const twin = { ...fresh, label: '体温', type: 'choice' as const }
    expect(wrongOf(twin, [fresh, twin])).toEqual(['keyTwice', 'choices'])
    expect(wrongOf({ ...fresh, label: '体温', key: 'Bad Key' }, [])).toEqual(['key'])
  })
  it('never gives two new fields one key', () => {
    expect(newField(['field_1', 'field_3']).key).toBe('field_4')
    expect(newField([]).key).toBe('field_1')
  })
})
