import { api } from '@shared/api/client'
import { sentenceOf } from '@shared/i18n'
import type { OwnTicket } from '@shared/api/types'
import { shrunk } from './shrink'

export const FILES = 5

/** What a citizen does with their own. */
export const STEPS = {
  reply: (id: string, text: string) => api.post<OwnTicket>(`/residents/me/tickets/${id}/reply`, { text }),
  reopen: (id: string, text: string) => api.post<OwnTicket>(`/residents/me/tickets/${id}/reopen`, { text }),
  withdraw: (id: string) => api.post<OwnTicket>(`/residents/me/tickets/${id}/withdraw`),
}

/** Sends files one after the other; what failed, with why. */
export async function attach(ticket: OwnTicket, files: File[], t: (key: string) => string): Promise<{ file: File; why: string }[]> {
  const failed = []
  for (const file of files) {
    try {
      await api.upload(`/residents/me/tickets/${ticket.id}/files`, {}, await shrunk(file))
    } catch (error) {
      failed.push({ file, why: sentenceOf(error, t) })
    }
  }
  return failed
}
