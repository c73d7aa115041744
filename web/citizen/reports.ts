import { shallowRef } from 'vue'
import { api } from '@shared/api/client'
import type { MyDuty } from '@shared/api/types'

/** What this resident is asked to report today; null until it is known. */
export const duties = shallowRef<MyDuty[] | null>(null)

export async function loadDuties(): Promise<void> {
  duties.value = await api.get<MyDuty[]>('/residents/me/reports')
}
