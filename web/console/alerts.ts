import { ElNotification } from 'element-plus'
import 'element-plus/es/components/notification/style/css'
import { onScopeDispose, ref } from 'vue'
import { address } from '@shared/api/client'
import type { Alert } from '@shared/api/types'

/** How many fevers nobody has taken on yet; null until the server said so. */
export const openCount = ref<number | null>(null)
/** Grows with everything that changes the list. */
export const alertsChanged = ref(0)

interface Words {
  title: string
  text: (alert: Alert) => string
  open: () => void
}

/** Keeps the count and tells of each new fever, on whatever page the reader is. Closed while the page is hidden: a browser
    opens few streams to one server, and a clerk many tabs. The stream itself says what was missed meanwhile. */
export function useAlertStream(words: () => Words): void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0
  const told = new Set<number>()
  let hiddenAt = 0

  function open(): void {
    close()
    const opened = new EventSource(address('/alerts/events'))
    source = opened
    opened.addEventListener('hello', () => (tries = 0))
    opened.addEventListener('count', (event) => {
      openCount.value = (JSON.parse((event as MessageEvent<string>).data) as { open: number }).open
      alertsChanged.value += 1
    })
    opened.addEventListener('alert', (event) => {
      const alert = JSON.parse((event as MessageEvent<string>).data) as Alert
      if (told.has(alert.id)) return
      told.add(alert.id)
      if (!alert.acknowledged) tell(alert)
    })
    opened.addEventListener('error', () => {
      if (opened.readyState !== EventSource.CLOSED) return
      clearTimeout(timer)
      timer = setTimeout(open, Math.min(1000 * 2 ** tries++, 30_000) * (0.5 + Math.random()))
    })
  }

  function close(): void {
    clearTimeout(timer)
    source?.close()
    source = null
  }

  function tell(alert: Alert): void {
    const { title, text, open: show } = words()
    ElNotification({ title, message: text(alert), type: 'error', duration: 15_000, position: 'bottom-right', onClick: show })
  }

  function visibility(): void {
    if (document.visibilityState === 'visible') {
      if (!source || Date.now() - hiddenAt > 60_000) open()
    } else {
      hiddenAt = Date.now()
      close()
    }
  }

  document.addEventListener('visibilitychange', visibility)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', visibility)
    close()
  })
  if (document.visibilityState === 'visible') open()
}
