import { phoneOk, plainPhone } from '../document'
import type { Answer, Answers, Field, Template } from '../api/types'

/** What stands in the form's controls: always text. */
export type Draft = Record<string, string>

export type AnswerProblem =
  | { kind: 'fill' | 'choosePlease' | 'numberOnly' | 'badPhone' }
  | { kind: 'tooLow'; min: number }
  | { kind: 'tooHigh'; max: number }

export function draftOf(template: Template, remembered: Answers): Draft {
  return Object.fromEntries(
    template.fields.map((field) => [field.key, field.key in remembered ? String(remembered[field.key]) : '']),
  )
}

/** The draft when the form is read anew while somebody fills it in: what they touched since `begun` stays, as far
    as the form still has such a question; the rest begins as the form now says. */
export function carriedOver(template: Template, remembered: Answers, draft: Draft, begun: Draft): Draft {
  const fresh = draftOf(template, remembered)
  for (const { key, choices } of template.fields) {
    const typed = draft[key]
    if (typed === undefined || typed === begun[key]) continue
    if (!typed || !choices?.length || choices.some((choice) => choice.value === typed)) fresh[key] = typed
  }
  return fresh
}

/** The questions that are asked, given what is filled in so far: one with a condition only
    where the question it looks at, further up, is asked itself and answered with one of its
    values. A hidden one keeps what was typed, in case it is shown again. */
export function asked(template: Pick<Template, 'fields'>, draft: Draft): Field[] {
  const shown: Field[] = []
  for (const field of template.fields) {
    const condition = field.show_when
    const met = !condition || (shown.some((one) => one.key === condition.field) && condition.equals.includes(draft[condition.field] ?? ''))
    if (met) shown.push(field)
  }
  return shown
}

/** Nothing has to be typed: every required answer is remembered (or none is asked). */
export function nothingToType(template: Template, remembered: Answers): boolean {
  return asked(template, draftOf(template, remembered)).every((field) => !field.required || field.key in remembered)
}

export function problemWith(field: Field, typed: string): AnswerProblem | null {
  const text = typed.trim()
  if (!text) return field.required ? { kind: field.type === 'choice' ? 'choosePlease' : 'fill' } : null
  if (field.type === 'phone' && !phoneOk(text)) return { kind: 'badPhone' }
  if (field.type !== 'number') return null
  const value = Number(text.normalize('NFKC'))
  if (!Number.isFinite(value)) return { kind: 'numberOnly' }
  if (field.min != null && value < field.min) return { kind: 'tooLow', min: field.min }
  if (field.max != null && value > field.max) return { kind: 'tooHigh', max: field.max }
  return null
}

/** Key → the sentence about what is wrong with it, in the reader's language. */
export function wrongIn(
  fields: Field[],
  draft: Draft,
  english: boolean,
  t: (key: string, values: Record<string, unknown>) => string,
): Record<string, string> {
  const wrong: Record<string, string> = {}
  for (const field of fields) {
    const problem = problemWith(field, draft[field.key] ?? '')
    if (problem) wrong[field.key] = t(`form.${problem.kind}`, { ...problem, label: (english && field.label_en) || field.label })
  }
  return wrong
}

/** The answers as the server takes them; empty and hidden ones are left out. */
export function answersOf(template: Pick<Template, 'fields'>, draft: Draft): Answers {
  const answers: Record<string, Answer> = {}
  for (const field of asked(template, draft)) {
    const text = (draft[field.key] ?? '').trim()
    if (!text) continue
    if (field.type === 'number') answers[field.key] = Number(text.normalize('NFKC'))
    else if (field.type === 'phone') answers[field.key] = plainPhone(text)
    else answers[field.key] = text
  }
  return answers
}

/** How an answer reads: the choice's label rather than its value. */
export function shown(field: Field, text: string, english: boolean): string {
  const choice = field.choices?.find((one) => one.value === text)
  if (!choice) return text
  return (english && choice.label_en) || choice.label
}
