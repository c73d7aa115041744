import { computed, ref, shallowRef, watch } from 'vue'
import type { FoundCase } from '@shared/api/types'
import { session } from '../../session'

/** The cases that are being put together and what for. They outlive the page, so that an interview may lie between, and go
    with the account that signed out: they are people. */
export const cases = shallowRef<FoundCase[]>([])
export const purpose = ref('')
export const why = computed(() => purpose.value.trim())

watch(
  () => session.value?.account_id,
  () => {
    cases.value = []
    purpose.value = ''
  },
)

/** Puts cases to the others; of somebody twice, the newer. */
export function addCases(more: FoundCase[]): void {
  const fresh = new Set(more.map((one) => one.person_id))
  cases.value = [...cases.value.filter((one) => !fresh.has(one.person_id)), ...more]
}

export function removeCase(personId: number): void {
  cases.value = cases.value.filter((one) => one.person_id !== personId)
}
