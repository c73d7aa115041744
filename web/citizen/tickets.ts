import { api } from '@shared/api/client'
import { sentenceOf } from '@shared/i18n'
import type { OwnTicket } from '@shared/api/types'
import { shrunk } from './shrink'

export const FILES = 5

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
