import { ref } from 'vue'
import { api } from '@shared/api/client'
import type { Channel } from '@shared/api/types'

/** How a login through a provider ended; the server says it in the page's address. */
export const RESULTS = ['signed_in', 'unknown', 'linked', 'expired', 'refused', 'snapshot', 'unavailable'] as const
export interface Outcome {
  result: (typeof RESULTS)[number]
  by: string
}

/** Read once, before the router looks at the address, and taken out of it: a page that is
    opened again or handed on does not say it again. */
function takeOutcome(): Outcome | null {
  if (typeof location === 'undefined') return null
  const query = new URLSearchParams(location.search)
  const result = RESULTS.find((one) => one === query.get('login'))
  if (!result) return null
  const by = query.get('by') ?? ''
  query.delete('login')
  query.delete('by')
  const rest = query.toString()
  history.replaceState(history.state, '', location.pathname + (rest ? `?${rest}` : ''))
  return { result, by }
}

export const outcome = ref(takeOutcome())
export const channels = ref<Channel[]>([])

export async function loadChannels(): Promise<void> {
  try {
    channels.value = await api.get<Channel[]>('/channels')
  } catch {
    // Without the network the form itself remains.
  }
}

/** WeChat's login works inside WeChat only, and WeChat opens no page of Alipay's. */
export function usableHere(all: Channel[], agent: string): Channel[] {
  const inWechat = /MicroMessenger/i.test(agent)
  return all.filter((one) => one.kind === 'redirect' && (one.name === 'wechat') <= inWechat && !(one.name === 'alipay' && inWechat))
}

/** The server's address that sends the browser to the provider and brings it back to this page. */
export function leaveFor(name: string, path: string, more = false): string {
  return `/api/v1/channels/${name}/authorize?return=${encodeURIComponent(path)}${more ? '&more=true' : ''}`
}
