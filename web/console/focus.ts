import { useTemplateRef } from 'vue'

/** For `@opened` of a drawer or dialog: the keyboard goes to its first field (`ref="first"`). */
export function useFirstField(): () => void {
  const first = useTemplateRef<{ focus: () => void }>('first')
  return () => first.value?.focus()
}
