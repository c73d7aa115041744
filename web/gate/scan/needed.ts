import type { Field, Template } from '@shared/api/types'
import { asked, type Draft } from '@shared/form/answers'

/** The questions an attendant asks: the required ones, and those on whose answer a required
    one depends. The rest is the person's own affair. */
export function needed(template: Pick<Template, 'fields'>, draft: Draft): Field[] {
  const shown = asked(template, draft)
  const wanted = new Set<string>()
  for (const field of [...template.fields].reverse()) {
    if (!field.required && !wanted.has(field.key)) continue
    wanted.add(field.key)
    if (field.show_when) wanted.add(field.show_when.field)
  }
  return shown.filter((field) => wanted.has(field.key))
}
