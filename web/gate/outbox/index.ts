import { computed, watch } from 'vue'
import { api } from '@shared/api/client'
import { accountId } from '../session'
import { type Answer, createOutbox } from './outbox'
import { diskStore } from './store'

/** This device's outbox. */
export const outbox = createOutbox({
  store: diskStore,
  post: (path, body) => api.post<Answer>(path, body),
  account: () => accountId(),
  later: (ms, action) => void setTimeout(action, ms),
  random: Math.random,
  alone: async (work) => {
    if (!('locks' in navigator)) return work()
    return await navigator.locks.request('lf-gate-outbox', { ifAvailable: true }, async (lock) => (lock ? await work() : undefined))
  },
})

export const mine = computed(() => outbox.unsent.value.filter((tap) => tap.account === accountId()))
export const ofOthers = computed(() => outbox.unsent.value.length - mine.value.length)

/** Try whenever the network, or the attendant, may be back. */
export function keepSending(): void {
  void outbox.look().then(outbox.flush)
  window.addEventListener('online', () => void outbox.now())
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void outbox.now())
  watch(accountId, () => void outbox.now())
  setInterval(() => void outbox.flush(), 20_000)
}
