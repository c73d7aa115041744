import { api } from '@shared/api/client'
import type { TicketStepName } from '@shared/api/types'

type Send = (id: number, body: unknown) => Promise<void>

/** The address of each step that staff take. */
export const STEPS: Partial<Record<TicketStepName, Send>> = {
  take: (id) => api.post(`/tickets/${id}/take`),
  hand_over: (id, body) => api.post(`/tickets/${id}/hand_over`, body),
  escalate: (id, body) => api.post(`/tickets/${id}/escalate`, body),
  ask: (id, body) => api.post(`/tickets/${id}/ask`, body),
  reply: (id, body) => api.post(`/tickets/${id}/reply`, body),
  answer: (id, body) => api.post(`/tickets/${id}/answer`, body),
  release: (id, body) => api.post(`/tickets/${id}/release`, body),
}
