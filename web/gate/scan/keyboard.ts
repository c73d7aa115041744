import { onScopeDispose } from 'vue'

/** A USB or Bluetooth scanner types what it read, faster than anybody can, and ends with
    Enter. It is heard wherever the focus is; what it typed into a field is taken out again. */

const GAP_MS = 60
const SHORTEST = 8

interface Key {
  key: string
  at: number
}

/** Collects keys; on Enter says what was scanned, or null where it was somebody typing. */
export function createBurst() {
  let keys: Key[] = []

  return {
    /** How many characters of a possible burst stand before this key. */
    get length() {
      return keys.length
    },
    press(key: string, at: number): string | null {
      const last = keys[keys.length - 1]
      if (last && at - last.at > GAP_MS) keys = []
      if (key === 'Enter') {
        const text = keys.map((one) => one.key).join('')
        keys = []
        return text.length >= SHORTEST ? text : null
      }
      // Shift and its like come in between for capital letters.
      if (key.length === 1) keys.push({ key, at })
      return null
    },
  }
}

type Typed = HTMLInputElement | HTMLTextAreaElement
const typed = (target: EventTarget | null): target is Typed =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement

export function useKeyboardScanner(onScan: (text: string) => void): void {
  const burst = createBurst()
  /** The field as it was before the first character. */
  let before: { field: Typed; value: string } | null = null

  function down(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const scanned = burst.press(event.key, event.timeStamp)
    if (scanned !== null) {
      // Enter must not press whatever button has the focus.
      event.preventDefault()
      event.stopPropagation()
      if (before && before.field === event.target) {
        before.field.value = before.value
        before.field.dispatchEvent(new Event('input', { bubbles: true }))
      }
      before = null
      onScan(scanned)
    } else if (burst.length === 1 && event.key.length === 1) {
      before = typed(event.target) ? { field: event.target, value: event.target.value } : null
    }
  }

  window.addEventListener('keydown', down, true)
  onScopeDispose(() => window.removeEventListener('keydown', down, true))
}
