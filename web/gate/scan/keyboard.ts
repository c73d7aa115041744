import { onScopeDispose } from 'vue'

/** A USB or Bluetooth scanner types what it read and ends with Enter. It is heard wherever
    the focus is; what it typed into a field is taken out again. A resident's code is known
    by its beginning, which nobody types; anything else by a haste that nobody has. */

const CODE = /LF(1\.[\w-]{20,}|2:[0-9A-Z $%*+./:-]{100,})$/
const PAUSE_MS = 400
const HASTE_MS = 60
const SHORTEST = 8

interface Key<T> {
  key: string
  at: number
  /** What the caller wants back with the first character of a scan. */
  before: T
}

export interface Scanned<T> {
  text: string
  before: T
}

/** Collects keys; on Enter says what was scanned, or null where it was somebody typing. */
export function createBurst<T>() {
  let keys: Key<T>[] = []

  function hasty(): number {
    let first = keys.length - 1
    while (first > 0 && keys[first]!.at - keys[first - 1]!.at <= HASTE_MS) first--
    return first
  }

  return {
    press(key: string, at: number, before: T): Scanned<T> | null {
      const last = keys[keys.length - 1]
      if (last && at - last.at > PAUSE_MS) keys = []
      // Shift and its like come in between for capital letters.
      if (key.length === 1) keys.push({ key, at, before })
      if (key !== 'Enter' || !keys.length) return null
      const text = keys.map((one) => one.key).join('')
      const from = CODE.exec(text)?.index ?? hasty()
      const found = { text: text.slice(from), before: keys[from]!.before }
      keys = []
      return found.text.length >= SHORTEST ? found : null
    },
  }
}

type Typed = HTMLInputElement | HTMLTextAreaElement
const typed = (target: EventTarget | null): target is Typed =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement

export function useKeyboardScanner(onScan: (text: string) => void): void {
  const burst = createBurst<string | null>()

  function down(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const field = typed(event.target) ? event.target : null
    const scanned = burst.press(event.key, event.timeStamp, field?.value ?? null)
    if (!scanned) return
    // Enter must not press whatever button has the focus.
    event.preventDefault()
    event.stopPropagation()
    if (field && scanned.before !== null) {
      field.value = scanned.before
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
    onScan(scanned.text)
  }

  window.addEventListener('keydown', down, true)
  onScopeDispose(() => window.removeEventListener('keydown', down, true))
}
