import { ref } from 'vue'
import { address, api } from '@shared/api/client'
import type { components } from '@shared/api/schema'
import type { Bytes } from '@shared/code/cbor'
import { keptIn } from '@shared/code/kept'
import { importPoint, verify } from '@shared/code/sign1'
import { accountId } from '../session'
import type { StatusList, Trust } from './judge'
import { isNewer, listOf } from './lists'

/** The keys and status lists that this device keeps. A list is believed when it is signed by a key of ours, and never
    replaced by an older one. */
type Told = components['schemas']['Trust']

const AGAIN_MS = 15_000
const store = keptIn('lianfang-trust')

let keys: Told['keys'] = []
const lists = new Map<string, StatusList>()
const imported = new Map<string, CryptoKey>()
/** As of when the newest list speaks; 0: this device has none. */
export const asOf = ref(0)

const bytesOf = (text: string): Bytes => new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)))

async function key(kid: string): Promise<{ role: string; key: CryptoKey } | undefined> {
  const known = keys.find((one) => one.kid === kid)
  if (!known) return undefined
  if (!imported.has(kid)) imported.set(kid, await importPoint(bytesOf(known.public_key)))
  return { role: known.role, key: imported.get(kid)! }
}

export const trust: Trust = { key, list: (kind, number) => lists.get(`${kind}/${number}`) }

async function fetchList(kind: string, number: number): Promise<void> {
  const response = await fetch(address(`/status/${kind}/${number}`), { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`status list: ${response.status}`)
  const list = await listOf(new Uint8Array(await response.arrayBuffer()), key)
  const name = `${list.kind}/${list.number}`
  if (name !== `${kind}/${number}` || !isNewer(list, lists.get(name))) return
  lists.set(name, list)
  await store.put('lists', [...lists.values()])
}

function noteAge(): void {
  asOf.value = Math.max(0, ...[...lists.values()].map((list) => list.at))
}

let loading: Promise<void> | undefined
/** What the device kept, once. */
export function load(): Promise<void> {
  return (loading ??= (async () => {
    const told = await store.get<Told>('trust').catch(() => undefined)
    keys = told?.keys ?? []
    for (const list of (await store.get<StatusList[]>('lists').catch(() => undefined)) ?? []) lists.set(`${list.kind}/${list.number}`, list)
    noteAge()
    void warm()
  })())
}

/** The first use of a key, and of the browser's cryptography at all, takes as long as several others: not while somebody waits. */
async function warm(): Promise<void> {
  const nothing = new Uint8Array()
  for (const { kid } of keys) {
    const known = await key(kid).catch(() => undefined)
    if (known) await verify({ protected: nothing, payload: nothing, signature: new Uint8Array(64) }, known.key).catch(() => false)
  }
}

let asking: Promise<void> | undefined
/** What the server has newer. */
export function refresh(): Promise<void> {
  return (asking ??= (async () => {
    try {
      await load()
      const told = await api.get<Told>('/status')
      keys = told.keys
      await store.put('trust', told)
      const live = new Set(told.lists.map((one) => `${one.kind}/${one.list}`))
      for (const name of lists.keys()) if (!live.has(name)) lists.delete(name)
      for (const one of told.lists) {
        const kept = lists.get(`${one.kind}/${one.list}`)
        if (!kept || one.version > kept.version) await fetchList(one.kind, one.list)
      }
      noteAge()
      void warm()
    } finally {
      asking = undefined
    }
  })())
}

let keeping = false
/** Kept up from now on, as long as somebody is signed in; without a network what is kept stays good. */
export function keepTrust(): void {
  // Without these this browser asks the server about each code.
  if (keeping || !crypto.subtle || !('DecompressionStream' in window)) return
  keeping = true
  const again = () => {
    if (accountId() !== null && document.visibilityState === 'visible') void refresh().catch(() => undefined)
  }
  window.addEventListener('online', again)
  setInterval(again, AGAIN_MS)
  again()
}
