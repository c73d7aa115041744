import { instant } from '@shared/time'
import type { Verdict } from '@shared/api/types'
import { today } from '../../format'

/** What the records page can be asked; times are wall-clock in the county's zone. */
export interface RecordFilter {
  unit_id: number
  checkpoint_id: number | null
  tenant_id: number | null
  /** A whole document or telephone number. Never in the address: addresses end up in logs. */
  person: string
  from: string
  to: string
  verdict: Verdict | ''
}

export interface RecordQuery {
  unit_id: number
  checkpoint_id?: number
  tenant_id?: number
  document?: string
  phone?: string
  from: string
  to: string
  verdict?: Verdict
}

export function todayPeriod(): [string, string] {
  return [`${today()} 00:00:00`, `${today()} 23:59:59`]
}

const MOBILE = /^(?:\+?86)?[\s-]?1[3-9]\d{9}$/

/** A mobile number is unmistakable; everything else is meant as a document. */
export function personQuery(text: string): { document?: string; phone?: string } {
  const plain = text.normalize('NFKC').replace(/\s/g, '')
  if (!plain) return {}
  return MOBILE.test(plain) ? { phone: plain } : { document: plain }
}

/** The picker's last second belongs to the period: the API's end does not, so it is one later. */
export function queryOf(filter: RecordFilter): RecordQuery {
  const at = (wall: string) => instant(wall.slice(0, 10), wall.slice(11))
  const end = new Date(Date.parse(at(filter.to)) + 1000).toISOString().replace('.000Z', 'Z')
  return {
    unit_id: filter.unit_id,
    checkpoint_id: filter.checkpoint_id ?? undefined,
    tenant_id: filter.tenant_id ?? undefined,
    ...personQuery(filter.person),
    from: at(filter.from),
    to: end,
    verdict: filter.verdict || undefined,
  }
}
