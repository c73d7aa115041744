import type { Verdict } from '@shared/api/types'
import { decode45 } from '@shared/code/base45'
import { decode, join, type Bytes } from '@shared/code/cbor'
import { FRESH_MS, PREFIX } from '@shared/code/live'
import { asSign1, importPoint, KCWT, KID, readSign1, verify, type Sign1 } from '@shared/code/sign1'

/** What a code says, judged by keys and a status list alone: no network, no clock but `now`, nothing kept. */
export type Reason = 'unknown' | 'place' | 'forged' | 'expired' | 'stale' | 'ahead' | 'void' | 'replayed' | 'noList'
export type Colour = 'green' | 'yellow' | 'red'
export type Kind = 'phone' | 'printed'

export const VERDICT_OF: Record<Colour, Verdict> = { green: 'pass', yellow: 'observe', red: 'refuse' }

export interface Judged {
  colour: Colour
  kind: Kind
  name: string
  /** Of a printed code: the end of the document to look at. */
  document: string
  /** Whose it is, for telling two codes apart: the credential's place. */
  id: string
  /** What was read: shown a second time it is a picture. */
  once: string
  /** The moving challenge follows from it. */
  signature: Bytes
  /** How many others are in the same code; only the server knows who. */
  others: number
  /** As of when the status list speaks. */
  asOf: number
}

export interface StatusList {
  kind: Kind
  number: number
  version: number
  at: number
  /** Then it is too old to judge by. */
  expires: number
  entries: Uint8Array
}

export interface Trust {
  /** kid, hexadecimal → role and public key */
  key: (kid: string) => Promise<{ role: string; key: CryptoKey } | undefined>
  list: (kind: Kind, number: number) => StatusList | undefined
}

export class Refused extends Error {
  constructor(readonly reason: Reason) {
    super(reason)
  }
}

const [EXP, IAT, CNF, STATUS, NAME, COLOUR, DOCUMENT] = [4, 6, 8, 65535, -65537, -65538, -65539]
const VOID = 1
const COLOURS: Record<number, Colour> = { 0: 'green', 2: 'yellow', 3: 'red' }
const PLACE = /^https?:\/\/[^/]+\/v\//i
const TEXT_MAX = 1200

export const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('')

interface Claims {
  issued: number
  expires: number
  kind: Kind
  list: number
  index: number
  name: string
  colour: number
  document: string
  device: Bytes | null
}

function claimsOf(payload: Bytes): Claims {
  const claims = decode(payload) as Map<number, unknown>
  const place = (claims.get(STATUS!) as Map<string, Map<string, unknown>>).get('status_list')!
  const [kind, list] = String(place.get('uri')).split('/')
  const device = (claims.get(CNF!) as Map<number, Map<number, Bytes>> | undefined)?.get(1)
  const found: Claims = {
    issued: Number(claims.get(IAT!)) * 1000,
    expires: Number(claims.get(EXP!)) * 1000,
    kind: kind as Kind,
    list: Number(list),
    index: Number(place.get('idx')),
    name: String(claims.get(NAME!)),
    colour: Number(claims.get(COLOUR!)),
    document: String(claims.get(DOCUMENT!) ?? ''),
    device: device ? join([4], device.get(-2)!, device.get(-3)!) : null,
  }
  if (!['phone', 'printed'].includes(kind!) || !COLOURS[found.colour] || !(found.issued + found.expires + found.list + found.index >= 0)) throw new Error('claims')
  return found
}

function parts(text: string) {
  try {
    const outer = readSign1(decode45(text.slice(PREFIX.length)))
    const inside = outer.unprotected.get(KCWT)
    const inner: Sign1 = inside === undefined ? outer : asSign1(inside)
    const said = inside === undefined ? null : (decode(outer.payload) as [number, Bytes, number[]?])
    return { outer, inner, claims: claimsOf(inner.payload), shownAt: said && Number(said[0]) * 1000, others: said?.[2]?.length ?? 0 }
  } catch {
    throw new Refused('unknown')
  }
}

/** Throws `Refused` with the reason. */
export async function judge(text: string, trust: Trust, now: number): Promise<Judged> {
  if (PLACE.test(text)) throw new Refused('place')
  if (!text.startsWith(PREFIX) || text.length > TEXT_MAX) throw new Refused('unknown')
  const { outer, inner, claims, shownAt, others } = parts(text)
  const kid = inner.headers.get(KID)
  const known = kid instanceof Uint8Array ? await trust.key(hex(kid)) : undefined
  if (!known || known.role !== claims.kind) throw new Refused('forged')
  // A phone's credential alone proves nothing: it is in every picture of its code.
  if ((claims.kind === 'phone') !== (claims.device !== null) || (shownAt === null) !== (claims.device === null)) throw new Refused('forged')
  // Both at once: each is done beside this thread, and coming back from there takes longer than the work.
  const device = claims.device
  const shown = device ? importPoint(device).then((key) => verify(outer, key)) : Promise.resolve(true)
  const good = await Promise.all([verify(inner, known.key), shown.catch(() => false)])
  if (good.includes(false)) throw new Refused('forged')
  if (now >= claims.expires) throw new Refused('expired')
  if (claims.issued > now + FRESH_MS) throw new Refused('ahead')
  if (shownAt !== null && !(shownAt >= now - FRESH_MS)) throw new Refused('stale')
  if (shownAt !== null && shownAt > now + FRESH_MS) throw new Refused('ahead')

  const kept = trust.list(claims.kind, claims.list)
  const list = kept && now < kept.expires ? kept : undefined
  // Issued after the list was made: its own colour counts, or the list's where that is graver.
  const fresh = !list || claims.issued > list.at
  if (!list && claims.issued < now - FRESH_MS) throw new Refused('noList')
  const said = list ? (list.entries[claims.index >> 2]! >> ((claims.index & 3) * 2)) & 3 : 0
  if (said === VOID) throw new Refused('void')
  const status = Math.max(said, fresh ? claims.colour : 0)
  return {
    colour: COLOURS[status]!,
    kind: claims.kind,
    name: claims.name,
    document: claims.document,
    id: `${claims.kind}/${claims.list}/${claims.index}`,
    once: shownAt === null ? '' : hex(outer.signature),
    signature: inner.signature,
    others,
    asOf: fresh ? claims.issued : list!.at,
  }
}
