import type { GateVisit } from '@shared/api/types'
import { day } from '@shared/time'

/** How many visits the page keeps, and how many the server sends at first. */
export const KEPT = 2000
export const FIRST = 50

/** Newest first, each once: a resumed stream may repeat what was shown. */
export function merge(shown: GateVisit[], incoming: GateVisit[]): GateVisit[] {
  const byId = new Map(shown.map((visit) => [visit.scan_id, visit]))
  for (const visit of incoming) byId.set(visit.scan_id, visit)
  return [...byId.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, KEPT)
}

/** A visit that happened just now belongs on the big field; one uploaded later only in the list. */
const FRESH_MS = 2 * 60_000
export const isFresh = (visit: GateVisit, now: number): boolean => Math.abs(now - Date.parse(visit.at)) < FRESH_MS

/** Today's number as far as this page can know it: when the first page was full of
    today's visits there were more before, and the number is a lower bound. */
export function today(visits: GateVisit[], firstPage: GateVisit[], now: number): { count: number; more: boolean } {
  const date = day(now)
  const isToday = (visit: GateVisit) => day(visit.at) === date
  return {
    count: visits.filter(isToday).length,
    more: visits.length >= KEPT || (firstPage.length >= FIRST && firstPage.every(isToday)),
  }
}

/** Those that an attendant must not miss when the next person has already scanned. */
const ATTENTION_MS = 90_000
export function attention(visits: GateVisit[], current: GateVisit | null, now: number): GateVisit[] {
  return visits
    .slice(0, 30)
    .filter((visit) => visit.verdict !== 'pass' && visit.scan_id !== current?.scan_id)
    .filter((visit) => now - Date.parse(visit.at) < ATTENTION_MS)
    .slice(0, 3)
}
