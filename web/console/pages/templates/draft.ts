import type { Field, FieldType, Template } from '@shared/api/types'

/** A form being written. Fields and choices are known by numbers of their own, so that a condition
    survives a new key, another order and another word for a choice. */
export interface Draft {
  name: string
  name_en: string
  fields: DraftField[]
}

export interface DraftChoice {
  id: number
  value: string
  label: string
  label_en: string
}

export interface DraftField {
  id: number
  key: string
  type: FieldType
  label: string
  label_en: string
  help: string
  help_en: string
  required: boolean
  remember: boolean
  min?: number
  max?: number
  max_length?: number
  choices: DraftChoice[]
  /** Asked only where one of these choices of that field was taken; null: always. */
  when: { field: number; choices: number[] } | null
}

export const FIELD_TYPES: FieldType[] = ['text', 'number', 'choice', 'date', 'document', 'phone']
export const FIELDS_MAX = 20
const KEY = /^[a-z][a-z0-9_]{0,39}$/

let made = 0
const nextId = () => (made += 1)

/** `field_1`, `field_2` …: the first that nobody has. */
function free(prefix: string, taken: string[]): string {
  let n = taken.length + 1
  while (taken.includes(`${prefix}_${n}`)) n += 1
  return `${prefix}_${n}`
}

export function newField(all: DraftField[]): DraftField {
  return {
    id: nextId(),
    key: free('field', all.map((field) => field.key)),
    type: 'text',
    label: '',
    label_en: '',
    help: '',
    help_en: '',
    required: true,
    remember: false,
    choices: [],
    when: null,
  }
}

export function newChoice(all: DraftChoice[]): DraftChoice {
  return { id: nextId(), value: free('choice', all.map((choice) => choice.value)), label: '', label_en: '' }
}

export function draftOf(template: Pick<Template, 'name' | 'name_en' | 'fields'>): Draft {
  const fields: DraftField[] = template.fields.map((field) => ({
    id: nextId(),
    key: field.key,
    type: field.type,
    label: field.label,
    label_en: field.label_en,
    help: field.help ?? '',
    help_en: field.help_en ?? '',
    required: field.required,
    remember: field.remember,
    min: field.min ?? undefined,
    max: field.max ?? undefined,
    max_length: field.type === 'text' ? (field.max_length ?? undefined) : undefined,
    choices: (field.choices ?? []).map((choice) => ({ ...choice, id: nextId() })),
    when: null,
  }))
  template.fields.forEach(({ show_when }, index) => {
    const on = fields.find((field) => field.key === show_when?.field)
    if (!show_when || !on) return
    const choices = on.choices.filter((choice) => show_when.equals.includes(choice.value)).map((choice) => choice.id)
    fields[index]!.when = { field: on.id, choices }
  })
  return { name: template.name, name_en: template.name_en, fields }
}

/** A draft that was kept on this computer: new numbers must not meet its own. */
export function revived(draft: Draft): Draft {
  made = Math.max(made, ...draft.fields.flatMap((field) => [field.id, ...field.choices.map((choice) => choice.id)]))
  return draft
}

/** The choices above a field, at which its condition may look. */
export function conditionsFor(field: DraftField, all: DraftField[]): DraftField[] {
  return all.slice(0, all.indexOf(field)).filter((above) => above.type === 'choice')
}

export type Wrong = 'label' | 'key' | 'keyTwice' | 'choices' | 'choiceTwice' | 'range' | 'conditionAbove' | 'conditionValues'

/** What keeps a field from being published, as names of sentences (`forms.wrong.…`). */
export function wrongOf(field: DraftField, all: DraftField[]): Wrong[] {
  const wrong: Wrong[] = []
  const key = field.key.trim()
  if (!field.label.trim()) wrong.push('label')
  if (!KEY.test(key)) wrong.push('key')
  if (all.filter((other) => other.key.trim() === key).length > 1) wrong.push('keyTwice')
  if (field.type === 'choice') {
    const values = field.choices.map((choice) => choice.value.trim())
    if (values.length < 2 || field.choices.some((choice) => !choice.label.trim() || !choice.value.trim())) wrong.push('choices')
    else if (new Set(values).size < values.length) wrong.push('choiceTwice')
  }
  if (field.type === 'number' && field.min != null && field.max != null && field.min > field.max) wrong.push('range')
  if (field.when) {
    const above = conditionsFor(field, all).find((one) => one.id === field.when!.field)
    if (!above) wrong.push('conditionAbove')
    else if (!above.choices.some((choice) => field.when!.choices.includes(choice.id))) wrong.push('conditionValues')
  }
  return wrong
}

/** The fields as the server takes them. */
export function fieldsOf(all: DraftField[]): Field[] {
  return all.map((draft) => {
    const label = draft.label.trim()
    const field: Field = {
      key: draft.key.trim(),
      type: draft.type,
      label,
      label_en: draft.label_en.trim() || label,
      required: draft.required,
      remember: draft.remember,
    }
    if (draft.help.trim()) Object.assign(field, { help: draft.help.trim(), help_en: draft.help_en.trim() || draft.help.trim() })
    if (draft.type === 'number') Object.assign(field, { min: draft.min ?? null, max: draft.max ?? null })
    if (draft.type === 'text' && draft.max_length) field.max_length = draft.max_length
    if (draft.type === 'choice') {
      field.choices = draft.choices.map((choice) => ({
        value: choice.value.trim(),
        label: choice.label.trim(),
        label_en: choice.label_en.trim() || choice.label.trim(),
      }))
    }
    const on = draft.when && all.find((one) => one.id === draft.when!.field)
    if (on) {
      const equals = on.choices.filter((choice) => draft.when!.choices.includes(choice.id)).map((choice) => choice.value.trim())
      field.show_when = { field: on.key.trim(), equals }
    }
    return field
  })
}

/** The same list with one item somewhere else. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  if (to < 0 || to >= list.length || from === to) return list
  const rest = list.filter((_, index) => index !== from)
  return [...rest.slice(0, to), list[from]!, ...rest.slice(to)]
}
