import { decode, type Bytes } from '@shared/code/cbor'
import { KID, readSign1, TYP, verify } from '@shared/code/sign1'
import { hex, type Kind, type StatusList, type Trust } from './judge'

/** Status lists as they are published: signed, compressed, with a version that only grows (IETF Token Status List). */
const TYPE = 'application/statuslist+cwt'
const [SUB, EXP, IAT, LIST, VERSION] = [2, 4, 6, 65533, -65540]

/** Throws where the list is not signed by us. */
export async function listOf(token: Bytes, key: Trust['key']): Promise<StatusList> {
  const message = readSign1(token)
  const kid = message.headers.get(KID)
  const known = kid instanceof Uint8Array ? await key(hex(kid)) : undefined
  if (message.headers.get(TYP) !== TYPE || known?.role !== 'status' || !(await verify(message, known.key))) throw new Error('not a list of ours')
  const claims = decode(message.payload) as Map<number, unknown>
  const [kind, number] = String(claims.get(SUB!)).split('/')
  const packed = (claims.get(LIST!) as Map<string, Bytes>).get('lst')!
  const plain = new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate')))
  return {
    kind: kind as Kind,
    number: Number(number),
    version: Number(claims.get(VERSION!)),
    at: Number(claims.get(IAT!)) * 1000,
    expires: Number(claims.get(EXP!)) * 1000,
    entries: new Uint8Array(await plain.arrayBuffer()),
  }
}

/** Whether a list may take the place of the one that is kept. */
export const isNewer = (fresh: StatusList, kept: StatusList | undefined): boolean => !kept || fresh.version > kept.version
