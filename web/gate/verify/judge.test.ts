import { beforeAll, describe, expect, it } from 'vitest'
import { decode45, encode45 } from '@shared/code/base45'
import { decode } from '@shared/code/cbor'
import { challengeOf, present } from '@shared/code/live'
import { importPoint, newDeviceKey, readSign1, verify } from '@shared/code/sign1'
import { judge, Refused, type StatusList, type Trust } from './judge'
import { isNewer, listOf } from './lists'
import vectors from './vectors.json'

/** The same codes as the server's own tests: written by tests/credentials/vectors.py. */
const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const fromHex = (text: string) => new Uint8Array(text.match(/../g)!.map((pair) => parseInt(pair, 16)))
const lists = new Map<string, StatusList>()

const trust: Trust = {
  key: async (kid) => {
    const known = vectors.keys.find((one) => one.kid === kid)
    return known && { role: known.role, key: await importPoint(fromHex(known.public_key)) }
  },
  list: (kind, number) => lists.get(`${kind}/${number}`),
}

beforeAll(async () => {
  for (const token of vectors.lists) {
    const list = await listOf(bytes(token), trust.key)
    lists.set(`${list.kind}/${list.number}`, list)
  }
})

const answer = (text: string, now = vectors.now) =>
  judge(text, trust, now).then(
    (judged) => judged.colour,
    (error) => (error as Refused).reason,
  )

describe('a gate without a network', () => {
  it.each(Object.entries(vectors.codes))('judges %s as the server does', async (_, { text, answer: expected }) => {
    expect(await answer(text)).toBe(expected)
  })

  it('believes no list that is older than the one it has, or that somebody changed', async () => {
    const kept = lists.get('phone/0')!
    expect(isNewer({ ...kept, version: kept.version - 1 }, kept)).toBe(false)
    expect(isNewer({ ...kept, version: kept.version + 1 }, kept)).toBe(true)
    const changed = bytes(vectors.lists[0]!)
    changed[changed.length - 80]! ^= 1
    await expect(listOf(changed, trust.key)).rejects.toThrow()
  })

  it('says that it can’t judge when its list is days old', async () => {
    const { text } = vectors.codes.printed
    expect(await answer(text, vectors.now + 3 * 86_400_000)).toBe('noList')
    expect(await answer(text, vectors.now + 200 * 86_400_000)).toBe('expired')
  })

  it('refuses every code of which a letter is changed', async () => {
    const { text } = vectors.codes.green
    for (let at = 4; at < text.length; at += 7) {
      const other = text[at] === 'A' ? 'B' : 'A'
      expect(['unknown', 'forged']).toContain(await answer(text.slice(0, at) + other + text.slice(at + 1)))
    }
  })
})

describe('what a phone shows', () => {
  it('is signed by its key and moves', async () => {
    const { privateKey, publicKey } = await newDeviceKey()
    const credential = readSign1(decode45(vectors.codes.printed.text.slice(4)))
    const raw = decode45(vectors.codes.printed.text.slice(4))
    const shown = readSign1(decode45((await present(privateKey, raw, vectors.now)).slice(4)))
    expect(await verify(shown, publicKey)).toBe(true)
    expect((decode(shown.payload) as number[])[0]).toBe(vectors.now / 1000)
    const one = await challengeOf(credential.signature, vectors.now)
    expect(await challengeOf(credential.signature, vectors.now + 4999)).toEqual(one)
    const later = await Promise.all([1, 2, 3].map((slot) => challengeOf(credential.signature, vectors.now + slot * 5000)))
    expect(later.some((challenge) => challenge.digits !== one.digits)).toBe(true)
  })

  it('reads and writes Base45 as RFC 9285 does', () => {
    for (const [plain, coded] of [['AB', 'BB8'], ['Hello!!', '%69 VD92EX0'], ['base-45', 'UJCLQE7W581'], ['ietf!', 'QED8WEX0']] as const) {
      expect(encode45(new TextEncoder().encode(plain))).toBe(coded)
      expect(new TextDecoder().decode(decode45(coded))).toBe(plain)
    }
    for (const wrong of ['G', 'GGW', ':::', 'a', '::']) expect(() => decode45(wrong)).toThrow()
  })
})
