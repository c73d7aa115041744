import { ref } from 'vue'
import { api } from '@shared/api/client'
import type { components } from '@shared/api/schema'

/** Whom this phone shows codes for; kept, so that it does so without a network too. */
export type Family = components['schemas']['Family']
export type Member = components['schemas']['FamilyMember']

const KEY = 'lf_family'
export const members = ref<Member[]>([])

/** What this phone last heard; of another person's family it knows nothing. */
export function keptFamily(guardian?: number): Member[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { guardian?: number; members?: Member[] }
    if (kept.members && (guardian === undefined || kept.guardian === guardian)) members.value = kept.members
  } catch {
    // nothing was kept
  }
  return members.value
}

export function keep(guardian: number, family: Family): Family {
  members.value = family.members
  try {
    if (family.members.length) localStorage.setItem(KEY, JSON.stringify({ guardian, members: family.members }))
    else localStorage.removeItem(KEY)
  } catch {
    // known for this page only
  }
  return family
}

export const loadFamily = async (guardian: number): Promise<Family> => keep(guardian, await api.get<Family>('/residents/me/family'))
