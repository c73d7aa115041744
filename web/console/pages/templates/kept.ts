import { session } from '../../session'
import type { Draft } from './draft'

/** Drafts that are not published yet, on this computer only, one for each form that was begun with. */
export interface Kept {
  draft: Draft
  at: string
}

const place = (what: string) => `lf_form_draft:${session.value?.account_id}:${what}`

export function kept(what: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(place(what)) ?? 'null') as Kept | null
  } catch {
    return null // storage is forbidden, or something else was written there
  }
}

export function keep(what: string, draft: Draft): void {
  try {
    localStorage.setItem(place(what), JSON.stringify({ draft, at: new Date().toISOString() } satisfies Kept))
  } catch {
    // Storage is full or forbidden: the page itself still has the draft.
  }
}

export function drop(what: string): void {
  try {
    localStorage.removeItem(place(what))
  } catch {
    // It was never kept either.
  }
}
