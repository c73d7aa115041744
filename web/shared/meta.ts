import { ref } from 'vue'
import { api } from './api/client'
import type { Meta } from './api/types'
import { timezone } from './time'

export const meta = ref<Meta | null>(null)

/** Asked once at start; a face works without it, on the defaults. */
export async function loadMeta(): Promise<Meta | null> {
  if (meta.value) return meta.value
  try {
    meta.value = await api.get<Meta>('/meta')
    timezone.value = meta.value.timezone || timezone.value
  } catch {
    // Offline or starting up: Asia/Shanghai and no demo hints.
  }
  return meta.value
}
