import { expect, it } from 'vitest'
import type { Field, Template } from '../api/types'
import { answersOf, asked, carriedOver, draftOf, nothingToType, problemWith, shown, wrongIn } from './answers'

const field = (key: string, more: Partial<Field> = {}): Field => ({
  key,
  type: 'text',
  label: key,
  label_en: key,
  required: true,
  remember: true,
  ...more,
})
const temperature = field('temperature', { type: 'number', min: 34, max: 43, remember: false })
const from = field('from', {
  type: 'choice',
  choices: [{ value: 'local', label: '本县', label_en: 'This county' }],
})
const phone = field('phone', { type: 'phone', required: false })
const template: Template = { id: 1, name: '村口', name_en: 'Village', version: 1, fields: [temperature, from, phone] }

it('a form begins with the remembered answers', () => {
  expect(draftOf(template, { from: 'local' })).toEqual({ temperature: '', from: 'local', phone: '' })
})

it('remembered answers that come late fill only what nobody has touched', () => {
  const begun = draftOf(template, { phone: '13900000000' })
  const touched = { ...begun, from: 'local', phone: '' }
  const late = { temperature: 36.5, from: 'away', phone: '13911111111' }
  expect(carriedOver(template, late, touched, begun)).toEqual({ temperature: '36.5', from: 'local', phone: '' })
  // the form's next version asks otherwise: what no longer fits is asked anew
  const next = { ...template, id: 2, fields: [{ ...from, choices: [{ value: 'county', label: '县', label_en: '' }] }, field('house')] }
  expect(carriedOver(next, {}, touched, begun)).toEqual({ from: '', house: '' })
})

it('nothing is typed when every required answer is remembered', () => {
  expect(nothingToType(template, { from: 'local' })).toBe(false)
  expect(nothingToType({ ...template, fields: [from, phone] }, { from: 'local' })).toBe(true)
  expect(nothingToType({ ...template, fields: [] }, {})).toBe(true)
})

it('each field says what is wrong with it', () => {
  expect(problemWith(temperature, ' ')).toEqual({ kind: 'fill' })
  expect(problemWith(from, '')).toEqual({ kind: 'choosePlease' })
  expect(problemWith(phone, '')).toBeNull()
  expect(problemWith(phone, '123')).toEqual({ kind: 'badPhone' })
  expect(problemWith(temperature, 'warm')).toEqual({ kind: 'numberOnly' })
  expect(problemWith(temperature, '30')).toEqual({ kind: 'tooLow', min: 34 })
  expect(problemWith(temperature, '99')).toEqual({ kind: 'tooHigh', max: 43 })
  expect(problemWith(temperature, '３６．５')).toBeNull()
})

it('answers leave as the server takes them', () => {
  const draft = { temperature: '36.50', from: 'local', phone: '+86 139 0313 0001' }
  expect(answersOf(template, draft)).toEqual({ temperature: 36.5, from: 'local', phone: '13903130001' })
  expect(answersOf(template, { temperature: '36.5', from: 'local', phone: '' })).not.toHaveProperty('phone')
})

it('a choice reads as its label in the language of the reader', () => {
  expect(shown(from, 'local', false)).toBe('本县')
  expect(shown(from, 'local', true)).toBe('This county')
  expect(shown(temperature, '36.5', true)).toBe('36.5')
})

it('a question with a condition is asked, required and sent only where its condition holds', () => {
  const coming = field('coming', { type: 'choice', choices: [{ value: 'here', label: '本县', label_en: '' }, { value: 'away', label: '外地', label_en: '' }] })
  const where = field('where', { show_when: { field: 'coming', equals: ['away'] } })
  const transport = field('transport', { show_when: { field: 'where', equals: ['北京'] } })
  const form = { ...template, fields: [coming, where, transport] }
  const keys = (draft: Record<string, string>) => asked(form, draft).map((one) => one.key)
  expect(keys({ coming: '' })).toEqual(['coming'])
  expect(keys({ coming: 'away' })).toEqual(['coming', 'where'])
  expect(keys({ coming: 'away', where: '北京' })).toEqual(['coming', 'where', 'transport'])
  // what was typed before the answer above it changed stays on the phone, hidden, with all that hangs on it
  const changed = { coming: 'here', where: '北京', transport: '火车' }
  expect(keys(changed)).toEqual(['coming'])
  expect(answersOf(form, changed)).toEqual({ coming: 'here' })
  expect(wrongIn(asked(form, { coming: 'away' }), { coming: 'away' }, false, (key) => key)).toEqual({ where: 'form.fill' })
  expect(nothingToType(form, { coming: 'here' })).toBe(true)
  expect(nothingToType(form, { coming: 'away' })).toBe(false)
})
