import type { Field } from '@shared/api/types'

export type Part = 'label' | 'label_en' | 'help' | 'help_en' | 'type' | 'required' | 'remember' | 'limits' | 'choices' | 'condition'

export interface Change {
  kind: 'added' | 'removed' | 'moved' | 'changed'
  field: Field
  /** What is different, for `changed`. */
  parts: { name: Part; before: string; after: string }[]
}

/** What publishing one version after another changed; fields are the same by their key. */
export function diff(before: Field[], after: Field[]): Change[] {
  const old = new Map(before.map((field) => [field.key, field]))
  const now = new Set(after.map((field) => field.key))
  const stayed = unmoved(
    before.filter((field) => now.has(field.key)).map((field) => field.key),
    after.filter((field) => old.has(field.key)).map((field) => field.key),
  )
  const changes: Change[] = []
  for (const field of after) {
    const was = old.get(field.key)
    if (!was) {
      changes.push({ kind: 'added', field, parts: [] })
      continue
    }
    const parts = partsOf(was, before, field, after)
    if (parts.length) changes.push({ kind: 'changed', field, parts })
    if (!stayed.has(field.key)) changes.push({ kind: 'moved', field, parts: [] })
  }
  for (const field of before) if (!now.has(field.key)) changes.push({ kind: 'removed', field, parts: [] })
  return changes
}

function partsOf(was: Field, before: Field[], is: Field, after: Field[]): Change['parts'] {
  const told: [Part, (field: Field, all: Field[]) => string][] = [
    ['label', (field) => field.label],
    ['label_en', (field) => field.label_en],
    ['help', (field) => field.help ?? ''],
    ['help_en', (field) => field.help_en ?? ''],
    ['type', (field) => field.type],
    ['required', (field) => String(field.required)],
    ['remember', (field) => String(field.remember)],
    ['limits', limits],
    ['choices', (field) => (field.choices ?? []).map((choice) => `${choice.label} / ${choice.label_en}`).join('、')],
    ['condition', condition],
  ]
  return told
    .map(([name, tell]) => ({ name, before: tell(was, before), after: tell(is, after) }))
    .filter((part) => part.before !== part.after)
}

function limits(field: Field): string {
  if (field.type === 'text') return `≤ ${field.max_length ?? 100}`
  if (field.type !== 'number' || (field.min == null && field.max == null)) return ''
  return `${field.min ?? '…'} – ${field.max ?? '…'}`
}

/** “Been elsewhere = Yes、Abroad”, in the words that people read. */
export function condition(field: Field, all: Field[], english = false): string {
  const wanted = field.show_when
  if (!wanted) return ''
  const on = all.find((one) => one.key === wanted.field)
  const words = (item: { label: string; label_en: string }) => (english && item.label_en) || item.label
  const values = wanted.equals.map((value) => {
    const choice = on?.choices?.find((one) => one.value === value)
    return choice ? words(choice) : value
  })
  return `${on ? words(on) : wanted.field} = ${values.join(english ? ' / ' : '、')}`
}

/** The longest run of keys that stand in the same order in both lists: the others were moved. */
function unmoved(before: string[], after: string[]): Set<string> {
  const best: string[][] = []
  after.forEach((key, index) => {
    const rank = before.indexOf(key)
    const chain = best.slice(0, index).filter((one) => before.indexOf(one.at(-1)!) < rank)
    best.push([...chain.reduce((longest, one) => (one.length > longest.length ? one : longest), []), key])
  })
  return new Set(best.reduce((longest, one) => (one.length > longest.length ? one : longest), []))
}
