import { api } from '@shared/api/client'
import { Problem } from '@shared/api/problem'
import type { Stamp } from '@shared/api/types'
import { serverNow } from '@shared/clock'
import { passing } from '@shared/sending'
import { forMember } from './member'
import { type OnPhone, phoneList } from './phone'

/** Visits to places that want to hear when one leaves. */
export interface Stay extends OnPhone {
  name?: string | 0
  /** When the button was tapped; sent with the next network. */
  left_at?: string
}

const DAY_MS = 24 * 3_600_000
export const stays = phoneList<Stay>('lf_stays', DAY_MS)

export function rememberStay(stamp: Stamp, code: string, personId: number, member?: number): void {
  if (!stamp.checkout || stamp.verdict === 'refuse' || stays.list.value.some((one) => one.scan_id === stamp.scan_id)) return
  stays.put({ scan_id: stamp.scan_id, person_id: personId, member, name: member && stamp.person, code, place: stamp.checkpoint.name, at: stamp.at })
}

/** True when the server has it; false when it is kept for the next network. */
export async function checkOut(stay: Stay): Promise<boolean> {
  const leaving = { ...stay, left_at: stay.left_at ?? new Date(serverNow()).toISOString() }
  stays.put(leaving)
  try {
    await api.post(forMember(`/scans/${stay.scan_id}/checkout`, stay.member), { at: leaving.left_at })
  } catch (error) {
    if (passing(error) || !(error instanceof Problem) || error.status === 401) return false
  }
  stays.remove(stay.scan_id)
  return true
}

export async function sendLeavings(personId: number): Promise<void> {
  for (const stay of stays.list.value) {
    if (stay.left_at && stay.person_id === personId && !(await checkOut(stay))) return
  }
}
