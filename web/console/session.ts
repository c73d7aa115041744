import { computed, ref } from 'vue'
import { api, Problem } from '@shared/api/client'
import type { Permission, Session } from '@shared/api/types'

/** Who is signed in; null when nobody is, undefined until the server was asked. */
export const session = ref<Session | null | undefined>(undefined)

export const ownUnitId = computed(() => session.value?.unit.id ?? 0)

export function can(permission: Permission): boolean {
  return session.value?.permissions.includes(permission) ?? false
}

/** Asks once; throws when the server cannot be reached, so that the caller can say so. */
export async function loadSession(): Promise<void> {
  if (session.value !== undefined) return
  try {
    session.value = await api.get<Session>('/session')
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    session.value = null
  }
}

export async function signIn(body: { username: string; password: string; totp?: string }): Promise<void> {
  session.value = await api.post<Session>('/session', body)
}

export async function signOut(): Promise<void> {
  try {
    await api.del('/session')
  } finally {
    session.value = null
  }
}

/** After a change of password or TOTP the server's view is asked anew. */
export async function refreshSession(): Promise<void> {
  session.value = await api.get<Session>('/session')
}

/** Uses what another account has lent, or (null) one's own powers again. Every page begins anew: what it shows was another's. */
export async function actFor(delegationId: number | null): Promise<void> {
  if (delegationId === null) await api.del<Session>('/session/acting')
  else await api.put<Session>('/session/acting', { delegation_id: delegationId })
  location.assign('/console/')
}
