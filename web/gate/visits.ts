import type { GateVisit } from '@shared/api/types'

/** How many visits the page keeps. */
export const KEPT = 2000

/** Newest first, each once: a resumed stream may repeat what was shown. */
export function merge(shown: GateVisit[], incoming: GateVisit[]): GateVisit[] {
  const byId = new Map(shown.map((visit) => [visit.scan_id, visit]))
  for (const visit of incoming) byId.set(visit.scan_id, visit)
  return [...byId.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, KEPT)
}

/** A visit that happened just now belongs on the big field; one uploaded later only in the list. */
const FRESH_MS = 2 * 60_000
export const isFresh = (visit: GateVisit, now: number): boolean => Math.abs(now - Date.parse(visit.at)) < FRESH_MS

/** Those that an attendant must not miss when the next person has already scanned. */
const ATTENTION_MS = 90_000
export function attention(visits: GateVisit[], current: GateVisit | null, now: number): GateVisit[] {
  return visits
    .slice(0, 30)
    .filter((visit) => visit.verdict !== 'pass' && visit.scan_id !== current?.scan_id)
    .filter((visit) => now - Date.parse(visit.at) < ATTENTION_MS)
    .slice(0, 3)
}
