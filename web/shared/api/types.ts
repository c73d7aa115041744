/** What the API takes and gives, by the words of the domain. */

export type Lang = 'zh-CN' | 'en'
export type Verdict = 'pass' | 'observe' | 'refuse'
export type Level = 'province' | 'city' | 'county' | 'town' | 'village' | 'unit'
export type Role = 'admin' | 'clerk' | 'attendant' | 'importer'
export type Source = 'resident' | 'gate' | 'import'
export type DocumentType =
  | 'resident_id'
  | 'passport'
  | 'hk_macau_permit'
  | 'taiwan_permit'
  | 'foreign_permanent_resident'
export type Category =
  | 'village'
  | 'estate'
  | 'office'
  | 'company'
  | 'vehicle'
  | 'shop'
  | 'school'
  | 'hospital'
  | 'motorway'
  | 'construction'
  | 'public_place'
  | 'other'
export type Permission =
  | 'units.read'
  | 'units.manage'
  | 'staff.manage'
  | 'checkpoints.read'
  | 'checkpoints.manage'
  | 'records.read'
  | 'records.export'
  | 'gate.watch'
  | 'visits.import'
  | 'audit.read'

export interface Page<T> {
  items: T[]
  next: string | null
}

export interface DemoAccount {
  username: string
  password: string
  role: Role
  title_zh: string
  title_en: string
}

export interface Meta {
  version: string
  demo: boolean
  timezone: string
  accounts: DemoAccount[]
  door: string | null
}

export interface Me {
  person_id: number
  name: string
  document_type: DocumentType
  document: string
  phone: string
  registered_at: string
}

export type FieldType = 'text' | 'number' | 'choice' | 'date' | 'document' | 'phone'

export interface Choice {
  value: string
  label: string
  label_en: string
}

export interface Field {
  key: string
  type: FieldType
  label: string
  label_en: string
  required: boolean
  remember: boolean
  help?: string | null
  help_en?: string | null
  choices?: Choice[] | null
  min?: number | null
  max?: number | null
  max_length?: number | null
}

export interface Template {
  id: number
  name: string
  name_en: string
  version: number
  fields: Field[]
}

export type Answer = string | number
export type Answers = Record<string, Answer>

export interface Door {
  code: string
  checkpoint: { id: number; name: string; category: Category; unit_path: string[] }
  template: Template
  remembered: Answers
  me: Me | null
}

export interface Stamp {
  scan_id: string
  serial: number | string
  checkpoint: { id: number; name: string; category: Category }
  at: string
  verdict: Verdict
  reason: string
  reason_text: string
  person: string
  replayed: boolean
}

export interface MyVisit {
  scan_id: string
  serial: number | string
  checkpoint: string
  unit: string
  at: string
  verdict: Verdict
  reason: string
  reason_text: string
}

export interface CodeSent {
  expires_in_s: number
  resend_in_s: number
  demo_code: string | null
}

export interface Session {
  account_id: number
  username: string
  display_name: string
  role: Role
  permissions: Permission[]
  unit: { id: number; name: string; level: Level; code: string | null }
  totp_enabled: boolean
  must_change_password: boolean
}

export interface Unit {
  id: number
  parent_id: number | null
  code: string | null
  name: string
  level: Level
  children: number
  checkpoints: number
}

export interface UnitWithPath extends Unit {
  path: { id: number; name: string }[]
}

export interface Account {
  id: number
  unit_id: number
  unit_name: string
  username: string
  display_name: string
  role: Role
  disabled: boolean
  totp_enabled: boolean
  created_at: string
  last_login_at: string | null
}

export interface Checkpoint {
  id: number
  unit_id: number
  unit_name: string
  name: string
  category: Category
  address: string | null
  lat: number | null
  lon: number | null
  template_id: number
  template_name: string
  code: string
  link: string
  open: boolean
  created_at: string
}

export interface VisitRecord {
  person_id: number
  scan_id: string
  serial: number | string
  name: string
  document: string
  phone: string
  checkpoint_id: number
  checkpoint: string
  unit: string
  unit_id: number
  category: Category
  at: string
  recorded_at: string
  clock: 'server' | 'client'
  source: Source
  verdict: Verdict
  reason: string
  reason_text: string
}

export interface VisitDetail extends VisitRecord {
  answers: { key: string; label: string; label_en: string; value: Answer }[]
}

export interface Dashboard {
  day: string
  unit: { id: number; name: string }
  scans: number
  people: number
  refused: number
  observed: number
  scans_last_week: number
  hours: number[]
  hours_last_week: number[]
  units: {
    id: number
    name: string
    level: Level
    scans: number
    refused: number
    checkpoints: number
    silent: number
  }[]
}

export interface GateCheckpoint {
  id: number
  name: string
  category: Category
  unit_name: string
}

export interface GateVisit {
  scan_id: string
  serial: number | string
  at: string
  name: string
  verdict: Verdict
  reason: string
  reason_text: string
  source: Source
}

export interface AuditEntry {
  at: string
  actor: string
  action: string
  subject: string
  detail: string
}
