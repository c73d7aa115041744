import { array, bytes, decode, join, Tagged, text, type Bytes } from './cbor'

/** COSE_Sign1 (RFC 9052) with ES256, by the browser's own cryptography. */
export interface Sign1 {
  protected: Bytes
  headers: Map<unknown, unknown>
  unprotected: Map<unknown, unknown>
  payload: Bytes
  signature: Bytes
}

export const KID = 4
/** The header that carries the credential with the key that signed (RFC 9528). */
export const KCWT = 13
export const TYP = 16
const ALG = 1
const ES256 = -7
const P256 = { name: 'ECDSA', namedCurve: 'P-256' }
const SHA256 = { name: 'ECDSA', hash: 'SHA-256' }

export const readSign1 = (data: Uint8Array): Sign1 => asSign1(decode(data))

/** The same for what is decoded already, as inside another message. */
export function asSign1(found: unknown): Sign1 {
  const parts = found instanceof Tagged && found.tag === 18 && Array.isArray(found.value) ? (found.value as unknown[]) : []
  const [protect, unprotected, payload, signature] = parts
  if (parts.length !== 4 || !(protect instanceof Uint8Array && unprotected instanceof Map && payload instanceof Uint8Array && signature instanceof Uint8Array)) throw new Error('not a COSE_Sign1')
  const headers = decode(protect)
  if (!(headers instanceof Map) || headers.get(ALG) !== ES256) throw new Error('not signed by ES256')
  return { protected: protect as Bytes, headers: headers as Map<unknown, unknown>, unprotected: unprotected as Map<unknown, unknown>, payload: payload as Bytes, signature: signature as Bytes }
}

const signed = (protect: Uint8Array, payload: Uint8Array): Bytes => array(text('Signature1'), bytes(protect), bytes(new Uint8Array()), bytes(payload))

/** A public key from its point; throws where it lies on no curve. */
export const importPoint = (point: Bytes): Promise<CryptoKey> => crypto.subtle.importKey('raw', point, P256, false, ['verify'])

export const verify = (message: Pick<Sign1, 'protected' | 'payload' | 'signature'>, key: CryptoKey): Promise<boolean> => crypto.subtle.verify(SHA256, key, message.signature, signed(message.protected, message.payload))

/** A message by a key of this device; `unprotected` is the CBOR of a map. */
export async function sign1(key: CryptoKey, payload: Bytes, unprotected: Uint8Array): Promise<Bytes> {
  const protect = new Uint8Array([0xa1, ALG, 0x26])
  const signature = new Uint8Array(await crypto.subtle.sign(SHA256, key, signed(protect, payload)))
  return join([0xd2, 0x84], bytes(protect), unprotected, bytes(payload), bytes(signature))
}

export const newDeviceKey = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(P256, false, ['sign', 'verify'])
