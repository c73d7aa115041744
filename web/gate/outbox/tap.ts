import type { DecisionBody, StaffScanBody, TripBody } from '../types'

interface Common {
  gate: number
  /** Whose tap it is: it is sent under this account and no other. */
  account: number
  /** Masked, for the sentence about it. */
  name: string
  /** The server's sentence, once it has said no for good; shown until somebody has read it. */
  refused?: string
}

export type PersonTap = Common & ({ kind: 'decision'; body: DecisionBody } | { kind: 'scan'; body: StaffScanBody })
/** One thing that the attendant did, with an id of its own: sending it twice does it once. */
export type Tap = PersonTap | (Common & { kind: 'trip'; body: TripBody })
export type Kept = Tap & { seq: number }

export function idOf(tap: Tap): string {
  if (tap.kind === 'trip') return tap.body.tap_id
  return tap.kind === 'decision' ? tap.body.decision_id : tap.body.scan_id
}

export function pathOf(tap: Tap): string {
  if (tap.kind === 'trip') return `/vehicles/${tap.gate}/trips`
  return `/gate/${tap.gate}/${tap.kind === 'decision' ? 'decisions' : 'scans'}`
}
