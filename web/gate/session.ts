import { ref } from 'vue'
import { api, Problem } from '@shared/api/client'
import type { Session } from '@shared/api/types'
import { forgetPages } from './outbox/store'

/** null: not signed in; undefined: not known yet. */
export const session = ref<Session | null>()

/** Whose device this was last, so that a page opened without a network knows whose taps it takes. */
const KEY = 'lf_account'
const known = ref<number | null>(read())

function read(): number | null {
  try {
    return Number(localStorage.getItem(KEY)) || null
  } catch {
    return null
  }
}

function remember(id: number | null): void {
  known.value = id
  try {
    if (id === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, String(id))
  } catch {
    // known for this page only
  }
}

// Another tab signed in somebody else: the cookie is theirs now, for this tab too.
window.addEventListener('storage', (event) => {
  if (event.key !== KEY || read() === known.value) return
  known.value = read()
  session.value = known.value === null ? null : undefined
})

/** The account on whose behalf this page acts; null where somebody has to sign in first. */
export const accountId = (): number | null => (session.value === null ? null : (session.value?.account_id ?? known.value))

function enter(entered: Session): Session {
  session.value = entered
  // Another attendant's page must not show people whom this account may not see.
  if (known.value !== null && known.value !== entered.account_id) void forgetPages()
  remember(entered.account_id)
  return entered
}

export async function loadSession(): Promise<Session | null | undefined> {
  if (session.value !== undefined) return session.value
  try {
    return enter(await api.get<Session>('/session'))
  } catch (error) {
    if (error instanceof Problem && error.status === 401) session.value = null
  }
  return session.value
}

export async function signIn(form: { username: string; password: string; totp?: string }): Promise<Session> {
  return enter(await api.post<Session>('/session', form))
}

export async function changePassword(old_password: string, new_password: string): Promise<void> {
  await api.post('/session/password', { old_password, new_password })
  if (session.value) session.value = { ...session.value, must_change_password: false }
}

export async function signOut(): Promise<void> {
  await api.del('/session')
  session.value = null
  remember(null)
  await forgetPages()
}
