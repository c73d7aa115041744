import { api } from '@shared/api/client'
import type { components } from '@shared/api/schema'
import { serverNow } from '@shared/clock'
import type { Bytes } from '@shared/code/cbor'
import { keptIn } from '@shared/code/kept'
import { newDeviceKey } from '@shared/code/sign1'
import { keptFamily } from '../family'
import { forMember } from '../member'

/** This phone's key and the server's credential for it. The key can't be read out, not even by this page; a new one is made
    for each credential, so that two days' codes have nothing in common. */
type Issued = components['schemas']['PhoneCredential']

export interface Pass {
  person: number
  /** Of somebody in the care of this phone's owner. */
  member?: boolean
  key: CryptoKey
  credential: Bytes
  /** Of this credential, for a code of several people. */
  number: number
  name: string
  colour: Issued['colour']
  issued: number
  expires: number
  /** As of when the colour is known. */
  asOf: number
}

const store = keptIn('lianfang-code')
const HALF_MS = 12 * 3600_000

export const canSign = (): boolean => 'indexedDB' in window && !!window.crypto?.subtle

const encode = (data: Uint8Array): string => btoa(String.fromCharCode(...data)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const decode = (text: string): Bytes => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))

/** Codes of those in one's care stand beside one's own. */
const placeOf = (member?: number) => (member ? `pass:${member}` : 'pass')

/** What this phone kept; of another person's it knows nothing. */
export async function keptPass(person?: number, member = false): Promise<Pass | undefined> {
  const pass = await store.get<Pass>(placeOf(member ? person : undefined)).catch(() => undefined)
  return pass && (person === undefined || pass.person === person) ? pass : undefined
}

export const forgetPass = (member?: number): Promise<unknown> => store.remove(placeOf(member)).catch(() => undefined)

/** Whoever signs out leaves nobody's code behind. */
export async function forgetPasses(): Promise<void> {
  for (const one of keptFamily()) await forgetPass(one.member_id)
  await forgetPass()
}

export const isDue = (pass: Pass | undefined, now: number): boolean => !pass || pass.expires - now < HALF_MS

export async function renew(person: number, member = false): Promise<Pass> {
  const pair = await newDeviceKey()
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const issued = await api.post<Issued>(forMember('/residents/me/credential', member ? person : undefined), { public_key: encode(point) })
  const pass: Pass = {
    person,
    member,
    key: pair.privateKey,
    credential: decode(issued.credential),
    number: issued.number,
    name: issued.name,
    colour: issued.colour,
    issued: Date.parse(issued.issued_at),
    expires: Date.parse(issued.expires_at),
    asOf: serverNow(),
  }
  await store.put(placeOf(member ? person : undefined), pass).catch(() => undefined) // no storage: this code lives as long as the page
  return pass
}

/** The colour as it is now, kept beside the pass. */
export async function update(pass: Pass): Promise<Pass> {
  const member = pass.member ? pass.person : undefined
  const { colour } = await api.get<components['schemas']['ShownColour']>('/residents/me/show', { member })
  const updated = { ...pass, colour, asOf: serverNow() }
  await store.put(placeOf(member), updated).catch(() => undefined)
  return updated
}
