import { api } from '@shared/api/client'
import { sentenceOf } from '@shared/i18n'
import type { OwnTicket } from '@shared/api/types'
import { forMember } from './member'
import { shrunk } from './shrink'

export const FILES = 5

/** What a citizen does with their own, or a guardian with those of somebody in their care. */
export const STEPS = {
  reply: (id: string, text: string, member?: number) => api.post<OwnTicket>(forMember(`/residents/me/tickets/${id}/reply`, member), { text }),
  reopen: (id: string, text: string, member?: number) => api.post<OwnTicket>(forMember(`/residents/me/tickets/${id}/reopen`, member), { text }),
  withdraw: (id: string, _text: string, member?: number) => api.post<OwnTicket>(forMember(`/residents/me/tickets/${id}/withdraw`, member)),
}

/** Sends files one after the other; what failed, with why. */
export async function attach(
  ticket: OwnTicket,
  files: File[],
  t: (key: string) => string,
  member?: number,
): Promise<{ file: File; why: string }[]> {
  const failed = []
  for (const file of files) {
    try {
      await api.upload(`/residents/me/tickets/${ticket.id}/files`, { member }, await shrunk(file))
    } catch (error) {
      failed.push({ file, why: sentenceOf(error, t) })
    }
  }
  return failed
}
