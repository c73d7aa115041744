import { ref } from 'vue'
import { api, Problem } from '@shared/api/client'
import type { Session } from '@shared/api/types'

/** null: not signed in; undefined: not known yet. */
export const session = ref<Session | null>()

export async function loadSession(): Promise<Session | null | undefined> {
  if (session.value !== undefined) return session.value
  try {
    session.value = await api.get<Session>('/session')
  } catch (error) {
    if (error instanceof Problem && error.status === 401) session.value = null
  }
  return session.value
}

export async function signIn(form: { username: string; password: string; totp?: string }): Promise<Session> {
  session.value = await api.post<Session>('/session', form)
  return session.value
}

export async function changePassword(old_password: string, new_password: string): Promise<void> {
  await api.post('/session/password', { old_password, new_password })
  if (session.value) session.value = { ...session.value, must_change_password: false }
}

export async function signOut(): Promise<void> {
  await api.del('/session')
  session.value = null
}
