import { onScopeDispose } from 'vue'

/** Keep the screen on while the component lives, where the device offers it. */
export function stayAwake(): void {
  let lock: WakeLockSentinel | undefined
  const ask = async () => {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
    lock = await navigator.wakeLock.request('screen').catch(() => undefined)
  }
  document.addEventListener('visibilitychange', ask)
  void ask()
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', ask)
    void lock?.release().catch(() => undefined)
  })
}
