import type { Answers, DocumentType, Need, Stamp } from '@shared/api/types'

export type Colour = 'green' | 'yellow' | 'red'
export interface Hold {
  colour: Colour
  reason_text: string
}
export interface Measured {
  celsius: number
  at: string
  /** Null where it was measured outside the account's area. */
  place: string | null
  reused: boolean
}
export interface Answered {
  label: string
  label_en: string
  value: string | number
  choice: string | null
  choice_en: string | null
}
export interface WaitingPerson {
  scan_id: string
  person_id: number
  serial: string
  name: string
  at: string
  needs: Need[]
  hold: Hold | null
  answers: Answered[]
  temperature: Measured | null
  last_visit_at: string | null
  seat: string | null
}
export interface DecisionBody {
  decision_id: string
  scan_id: string
  person_id: number
  action: 'approve' | 'refuse' | 'measure'
  note?: string
  celsius?: number
  confirmed?: boolean
  at: string
}
export interface Decided {
  scan_id: string
  state: 'waiting' | 'decided'
  needs: Need[]
  stamp?: Stamp | null
}
export interface NamedPerson {
  document_type: DocumentType | 'other'
  document_number: string
  name: string
  phone?: string
}
export interface StaffScanBody {
  scan_id: string
  token?: string
  person?: NamedPerson
  answers: Answers
  celsius?: number
  confirmed?: boolean
  seat?: string
  at: string
}
export interface ScannedPerson {
  person_id: number
  name: string
  temperature: Measured | null
  hold: Hold | null
}
export interface Fever {
  id: number
  scan_id: string | null
  name: string
  celsius: number
  at: string
}
