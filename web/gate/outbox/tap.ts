import type { DecisionBody, StaffScanBody } from '../types'

interface Common {
  gate: number
  /** Whose tap it is: it is sent under this account and no other. */
  account: number
  /** Masked, for the sentence about it. */
  name: string
  /** The server's sentence, once it has said no for good; shown until somebody has read it. */
  refused?: string
}

/** One thing that the attendant did, with an id of its own: sending it twice does it once. */
export type Tap = Common & ({ kind: 'decision'; body: DecisionBody } | { kind: 'scan'; body: StaffScanBody })
export type Kept = Tap & { seq: number }

export const idOf = (tap: Tap): string => (tap.kind === 'decision' ? tap.body.decision_id : tap.body.scan_id)
