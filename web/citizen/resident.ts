import { ref } from 'vue'
import { api } from '@shared/api/client'
import { Problem } from '@shared/api/problem'
import type { Door, Me, MyVisit, Page, Stamp } from '@shared/api/types'
import { createOutbox, type Taken, type Waiting } from './outbox'
import { sendLeavings, stays } from './stays'
import { undecided } from './undecided'

/** Who is signed in on this phone, masked; undefined until the server was asked. */
export const me = ref<Me | null>()

export const outbox = createOutbox({
  storage: {
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, value) => localStorage.setItem(key, value),
  },
  post: (body) => api.post<Taken>('/scans', body),
  find: findStamp,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
  undecided: ({ scan_id, person_id, member, code, place }, { serial, person, needs, at }) =>
    undecided.put({ scan_id, person_id, member, code, place, serial, person, needs, at }),
})

/** One of the resident's own last visits, in the language chosen now. */
export async function findVisit(scanId: string, member?: number): Promise<MyVisit | undefined> {
  const page = await api.get<Page<MyVisit>>('/residents/me/visits', { limit: 100, member })
  return page.items.find((one) => one.scan_id === scanId)
}

/** The stamp of a scan whose answer got lost. */
async function findStamp(scan: Waiting): Promise<Stamp | null> {
  const visit = await findVisit(scan.scan_id, scan.member)
  if (!visit || !me.value) return null
  const known = knownDoor(scan.code)?.checkpoint
  const checkpoint = { id: known?.id ?? 0, name: visit.checkpoint, category: known?.category ?? 'other' }
  return { ...visit, checkpoint, person: scan.name ?? me.value.name, replayed: true }
}

export async function loadMe(): Promise<Me | null> {
  try {
    me.value = await api.get<Me>('/residents/me')
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    me.value = null
  }
  return me.value
}

/** The doors this phone has opened, so that a known door opens without network. */
const DOORS = 'lf_doors'
const KEPT = 12

export function rememberDoor(door: Door): void {
  if (!door.me) return
  try {
    const others = knownDoors().filter((one) => one.code !== door.code)
    localStorage.setItem(DOORS, JSON.stringify([door, ...others].slice(0, KEPT)))
  } catch {
    // No storage: this door simply needs the network next time.
  }
}

function knownDoors(): Door[] {
  try {
    return JSON.parse(localStorage.getItem(DOORS) ?? '[]') as Door[]
  } catch {
    return []
  }
}

export function knownDoor(code: string): Door | undefined {
  return knownDoors().find((door) => door.code === code)
}

export async function signOut(): Promise<void> {
  await api.del('/residents/session')
  me.value = null
  for (const one of undecided.list.value) undecided.remove(one.scan_id)
  for (const one of stays.list.value) if (!one.left_at) stays.remove(one.scan_id)
  try {
    localStorage.removeItem(DOORS)
    localStorage.removeItem('lf_family')
  } catch {
    // nothing was kept
  }
}

/** Try the kept scans now and whenever the network may be back. */
export function keepFlushing(): void {
  const attempt = async () => {
    if (!outbox.waiting.value.some((scan) => !scan.refused) && !stays.list.value.some((stay) => stay.left_at)) return
    try {
      const who = me.value ?? (await loadMe())
      if (who) await outbox.flush(who.person_id)
      if (who) await sendLeavings(who.person_id)
    } catch {
      // Still no network: the next occasion comes by itself.
    }
  }
  window.addEventListener('online', attempt)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && attempt())
  setInterval(attempt, 20_000 + Math.random() * 10_000)
  void attempt()
}
