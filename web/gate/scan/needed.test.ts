import { expect, it } from 'vitest'
import type { Field } from '@shared/api/types'
import { needed } from './needed'

const field = (key: string, more: Partial<Field> = {}): Field => ({ key, type: 'text', label: key, label_en: '', required: true, remember: false, ...more })

it('an attendant asks what is required, and what decides whether something is', () => {
  const from = field('from', { type: 'choice', required: false, choices: [{ value: 'away', label: '外地', label_en: '' }] })
  const where = field('where', { show_when: { field: 'from', equals: ['away'] } })
  const remark = field('remark', { required: false })
  const form = { fields: [from, where, remark] }
  const keys = (draft: Record<string, string>) => needed(form, draft).map((one) => one.key)
  expect(keys({})).toEqual(['from'])
  expect(keys({ from: 'away' })).toEqual(['from', 'where'])
  expect(needed({ fields: [remark] }, {})).toEqual([])
})
