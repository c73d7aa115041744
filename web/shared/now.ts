import { onScopeDispose, ref, type Ref } from 'vue'
import { serverNow } from './clock'

/** The server's time, ticking every second while the component lives. */
export function useNow(): Ref<number> {
  const now = ref(serverNow())
  const timer = setInterval(() => (now.value = serverNow()), 1000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
