import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as common from '@shared/i18n/common'
import en from './en'
import zh from './zh-CN'

/** scope.label → text, for every leaf. */
function flat(words: object, prefix = ''): Map<string, string> {
  const leaves = new Map<string, string>()
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'object') for (const [name, text] of flat(value, `${prefix}${key}.`)) leaves.set(name, text)
    else leaves.set(prefix + key, String(value))
  }
  return leaves
}

const chinese = flat(zh)
const english = flat(en)
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe('the words of the console', () => {
  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('are never empty and fill in the same things', () => {
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)?.trim(), key).toBeTruthy()
      expect(places(english.get(key) ?? ''), key).toEqual(places(text))
    }
  })

  it('do not hide the shared words', () => {
    expect(Object.keys(zh).filter((key) => key in common.zh)).toEqual([])
  })

  it('exist wherever a page asks for one, and none is left over', () => {
    const root = join(import.meta.dirname, '..')
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(vue|ts)$/.test(name) && !name.includes('locales') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(root, name), 'utf8'))
      .join('\n')
    const known = new Set([...chinese.keys(), ...flat(common.zh).keys()])
    const asked = [...sources.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1]!)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
    // Keys put together at run time: t(`menu.${name}`) keeps everything below menu.
    const composed = [...sources.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1]!)
    const named = new Set([...sources.matchAll(/'([a-z]+\.[\w.]+)'/g)].map((match) => match[1]!))
    const unused = [...chinese.keys()].filter(
      (key) => !named.has(key) && !key.startsWith('print.') && !composed.some((start) => key.startsWith(start)),
    )
    expect(unused).toEqual([])
  })
})
