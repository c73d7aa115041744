import { ref } from 'vue'
import { serverNow } from '@shared/clock'

/** Short lists about scans that this phone keeps beside the outbox: who still waits for the
    attendant, and who is still inside. Every tab of this phone sees the same. */
export interface OnPhone {
  scan_id: string
  person_id: number
  /** Somebody in their care, whose scan it is. */
  member?: number
  code: string
  place: string
  at: string
}

export function phoneList<T extends OnPhone>(key: string, keptMs: number) {
  const list = ref<T[]>(read())

  function read(): T[] {
    try {
      const all = JSON.parse(localStorage.getItem(key) ?? '[]') as T[]
      return all.filter((one) => serverNow() - Date.parse(one.at) < keptMs)
    } catch {
      return []
    }
  }

  function change(edit: (now: T[]) => T[]): void {
    const next = edit(read())
    list.value = next as typeof list.value
    try {
      localStorage.setItem(key, JSON.stringify(next))
    } catch {
      // known for this page only
    }
  }

  window.addEventListener('storage', (event) => event.key === key && (list.value = read() as typeof list.value))

  return {
    list,
    put: (one: T) => change((now) => [...now.filter((other) => other.scan_id !== one.scan_id), one]),
    remove: (scanId: string) => change((now) => now.filter((one) => one.scan_id !== scanId)),
  }
}
