import type { DocumentType } from './api/types'

/** Checks that can be made on the phone, before anything is sent. The server
    checks again and has the last word; these only save a round trip. */

export const DOCUMENT_TYPES: DocumentType[] = [
  'resident_id',
  'passport',
  'hk_macau_permit',
  'taiwan_permit',
  'foreign_permanent_resident',
]

export type DocumentProblem = 'empty' | 'length' | 'characters' | 'date' | 'check' | 'format'

/** Full-width digits and letters, spaces and dashes, lower-case x: all as typed by people. */
export function plain(text: string): string {
  return text.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** The last character of a resident ID by ISO 7064 MOD 11-2 (GB 11643). */
export function checkCharacter(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(first17[index]), 0)
  return CHECKS[sum % 11]!
}

function realDate(text: string, now: number): boolean {
  const [year, month, day] = [+text.slice(0, 4), +text.slice(4, 6), +text.slice(6, 8)]
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 1880 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && +date <= now + 86_400_000
}

/** Date and check digit only: area codes change over a lifetime, so none is refused. */
export function residentIdProblem(typed: string, now = Date.now()): DocumentProblem | null {
  const number = plain(typed)
  if (!number) return 'empty'
  if (number.length !== 18) return 'length'
  if (!/^\d{17}[\dX]$/.test(number)) return 'characters'
  if (!realDate(number.slice(6, 14), now)) return 'date'
  return checkCharacter(number.slice(0, 17)) === number[17] ? null : 'check'
}

export function documentProblem(type: DocumentType | 'other', typed: string, now = Date.now()): DocumentProblem | null {
  if (type === 'resident_id') return residentIdProblem(typed, now)
  const number = plain(typed)
  if (!number) return 'empty'
  return /^[A-Z0-9]{5,20}$/.test(number) ? null : 'format'
}

/** `+86 139…` and full-width digits become the 11 digits; anything else stays as it is. */
export function plainPhone(typed: string): string {
  return plain(typed).replace(/^(\+|00)86/, '')
}

export function phoneOk(typed: string): boolean {
  return /^1[3-9]\d{9}$/.test(plainPhone(typed))
}
