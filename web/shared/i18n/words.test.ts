import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as citizenWords from '../../citizen/words'
import * as cells from '../../citizen/words.cells'
import * as myCode from '../../citizen/words.code'
import * as family from '../../citizen/words.family'
import * as tickets from '../../citizen/words.tickets'
import * as why from '../../citizen/words.why'
import * as gateWords from '../../gate/words'
import * as code from '../../gate/words.code'
import * as groups from '../../gate/words.family'
import * as trip from '../../gate/words.trip'
import * as landing from '../../landing/words'
import * as common from './common'

/** The words of a part that is loaded later count as its face's. */
const gate = { zh: { ...gateWords.zh, ...code.zh, trip: trip.zh, ...groups.zh }, en: { ...gateWords.en, ...code.en, trip: trip.en, ...groups.en } }
const citizen = {
  zh: { ...citizenWords.zh, ...myCode.zh, ...why.zh, ...tickets.zh, ...family.zh, ...cells.zh },
  en: { ...citizenWords.en, ...myCode.en, ...why.en, ...tickets.en, ...family.en, ...cells.en },
}
const root = new URL('../../', import.meta.url)

function keys(words: object, under = ''): string[] {
  return Object.entries(words).flatMap(([key, word]) =>
    typeof word === 'object' ? keys(word as object, `${under}${key}.`) : [under + key],
  )
}

/** Keys that the sources of a face name; `a.${b}` counts for everything under `a.`. */
function used(folder: string): string[] {
  const files = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
  const texts = files.filter((name) => /\.(vue|ts)$/.test(name) && !/words/.test(name))
  return texts.flatMap((name) =>
    [...readFileSync(new URL(`${folder}/${name}`, root), 'utf8').matchAll(/\bt\((['"`])([\w.]+)(?:\1|\$\{)/g)].map((hit) => hit[2]!),
  )
}

describe.each(Object.entries({ citizen, gate, landing }))('the words of %s', (face, words) => {
  const known = keys({ ...common.zh, ...words.zh })

  it('have every key that the pages name', () => {
    const missing = [...used(face), ...used('shared')].filter(
      (key) => !known.includes(key) && !(key.endsWith('.') && known.some((one) => one.startsWith(key))),
    )
    expect(missing).toEqual([])
  })

  it('hide no shared word', () => {
    const shared = Object.keys(common.zh)
    expect(Object.keys(words.zh).filter((key) => shared.includes(key))).toEqual([])
  })

  it('are all used', () => {
    const named = used(face)
    const prefixes = named.filter((key) => key.endsWith('.'))
    expect(keys(words.zh).filter((key) => !named.includes(key) && !prefixes.some((one) => key.startsWith(one)))).toEqual([])
  })

  it('take the same values in both languages', () => {
    const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
    const flat = (all: object) => Object.fromEntries(keys(all).map((key) => [key, key.split('.').reduce<any>((at, part) => at[part], all) as string]))
    const [zh, en] = [flat(words.zh), flat(words.en)]
    expect(Object.keys(zh).filter((key) => holes(zh[key]!).join() !== holes(en[key]!).join())).toEqual([])
  })
})
