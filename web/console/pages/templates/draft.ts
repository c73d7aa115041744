import type { Choice, Field, FieldType } from '@shared/api/types'

/** A form being written: every field of the table has all cells, choices are lines of text. */
export interface DraftField {
  id: number
  key: string
  type: FieldType
  label: string
  label_en: string
  required: boolean
  remember: boolean
  min?: number
  max?: number
  max_length?: number
  choices: string
}

export const FIELD_TYPES: FieldType[] = ['text', 'number', 'choice', 'date', 'document', 'phone']

let made = 0

export function newField(keys: string[]): DraftField {
  let n = keys.length + 1
  while (keys.includes(`field_${n}`)) n += 1
  made += 1
  return { id: made, key: `field_${n}`, type: 'text', label: '', label_en: '', required: true, remember: false, choices: '' }
}

export function draftOf(field: Field): DraftField {
  made += 1
  return {
    id: made,
    key: field.key,
    type: field.type,
    label: field.label,
    label_en: field.label_en,
    required: field.required,
    remember: field.remember,
    min: field.min ?? undefined,
    max: field.max ?? undefined,
    max_length: field.max_length ?? undefined,
    choices: (field.choices ?? []).map((choice) => `${choice.value} = ${choice.label} / ${choice.label_en}`).join('\n'),
  }
}

/** Lines like `home = 回家 / Going home`; the value and the English word may be left out. */
export function choicesOf(text: string): Choice[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line, index) => {
      const [, value, words] = /^(?:([A-Za-z0-9_]+)\s*=\s*)?(.*)$/.exec(line) ?? []
      const [label = '', english = ''] = (words ?? '').split('/').map((word) => word.trim())
      return { value: value ?? `choice_${index + 1}`, label, label_en: english || label }
    })
}

const KEY = /^[a-z][a-z0-9_]{0,39}$/

/** What keeps a field from being saved, as names of sentences (`forms.wrong.…`). */
export function wrongOf(draft: DraftField, all: DraftField[]): ('label' | 'key' | 'keyTwice' | 'choices')[] {
  const key = draft.key.trim()
  return [
    ...(draft.label.trim() ? [] : ['label' as const]),
    ...(KEY.test(key) ? [] : ['key' as const]),
    ...(all.filter((other) => other.key.trim() === key).length > 1 ? ['keyTwice' as const] : []),
    ...(draft.type !== 'choice' || choicesOf(draft.choices).length > 0 ? [] : ['choices' as const]),
  ]
}

export function fieldOf(draft: DraftField): Field {
  const { key, type, label, label_en, required, remember } = draft
  const field: Field = { key: key.trim(), type, label: label.trim(), label_en: label_en.trim() || label.trim(), required, remember }
  if (type === 'number') return { ...field, min: draft.min ?? null, max: draft.max ?? null }
  if (type === 'text' && draft.max_length) return { ...field, max_length: draft.max_length }
  if (type === 'choice') return { ...field, choices: choicesOf(draft.choices) }
  return field
}
