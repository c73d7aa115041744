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

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join('、')
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'string' && INSTANT.test(value) ? time(value) : String(value)
}

/** purpose: … · format: xlsx. What was not given is left out; a mere "yes" needs no value. */
export function detail({ t, te }: Words, details: unknown): string {
  if (typeof details !== 'object' || details === null) return String(details ?? '')
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => {
      const word = te(`audit.detail.${name}`) ? t(`audit.detail.${name}`) : name
      return value === true ? word : `${word}: ${plain(value)}`
    })
    .join(' · ')
}
