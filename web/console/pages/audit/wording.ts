import { time } from '../../format'

type Words = { t: (key: string, named?: Record<string, unknown>) => string; te: (key: string) => boolean }

/** staff:3 → 账号 3, visit:12:… → 居民 12 的登记; anything without words as it stands in the log. */
export function subject({ t, te }: Words, text: string): string {
  const [kind = '', id] = text.split(':')
  const key = id ? `audit.who.${kind}` : `audit.kind.${kind}`
  return te(key) ? t(key, { id }) : text
}

export function deed({ t, te }: Words, action: string): string {
  const key = `audit.action.${action.replaceAll('.', '_')}`
  return te(key) ? t(key) : action
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

/** Details whose values have words of their own. */
const WORDED: Record<string, (value: unknown) => string> = {
  role: (value) => `role.${value}`,
  level: (value) => `level.${value}`,
  reason: (value) => `audit.refusal.${value}`,
  disabled: (value) => `audit.disabled.${value}`,
  sheet: (value) => `setup.kind.${value}`,
  kind: (value) => `runs.kinds.${value}`,
  fields: (value) => `audit.field.${value}`,
}

function plain({ t, te }: Words, name: string, value: unknown): string {
  const word = WORDED[name]?.(value)
  if (word && te(word)) return t(word)
  if (Array.isArray(value)) {
    const all = value.map((one) => plain({ t, te }, name, one))
    // Role and state are noted as they were and as they are now.
    return all.join(name === 'role' || name === 'disabled' ? ' → ' : '、')
  }
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'string' && INSTANT.test(value) ? time(value) : String(value)
}

/** purpose: … · format: xlsx. What was not given is left out; a mere "yes" needs no value. */
export function detail(words: Words, details: unknown): string {
  const { t, te } = words
  if (typeof details !== 'object' || details === null) return String(details ?? '')
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => {
      const word = te(`audit.detail.${name}`) ? t(`audit.detail.${name}`) : name
      const bare = value === true || (Array.isArray(value) && !value.length)
      return bare ? word : `${word}: ${plain(words, name, value)}`
    })
    .join(' · ')
}
