import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { Problem } from '@shared/api/client'
import { sentenceOf } from '@shared/i18n'

/** A form that is being sent: busy while it is, and afterwards what the server
    said about the whole and about each field. */
export function useSubmit() {
  const { t } = useI18n()
  const busy = ref(false)
  const message = ref('')
  const errors = ref<Record<string, string>>({})

  function clear(): void {
    message.value = ''
    errors.value = {}
  }

  /** True when the server agreed. */
  async function submit(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    clear()
    try {
      await action()
      return true
    } catch (error) {
      message.value = sentenceOf(error, t)
      if (error instanceof Problem) errors.value = error.byField
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, message, errors, submit, clear }
}
