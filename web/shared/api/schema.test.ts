import { readdirSync, readFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const snapshot = JSON.parse(readFileSync(new URL('../docs/openapi.json', root), 'utf8')) as {
  paths: Record<string, Record<string, unknown>>
}
const METHODS: Record<string, string> = { get: 'get', post: 'post', patch: 'patch', del: 'delete', download: 'post' }
const CALL = /\bapi\s*\.(get|post|patch|del|download)(?:<[^(]*>)?\(\s*(['"`])([^'"`]+)\2/g

/** Every call of the API in the faces' sources: method and path, values as {}. */
function calls(): string[] {
  const found: string[] = []
  for (const face of ['citizen', 'gate', 'console', 'landing', 'shared']) {
    for (const name of readdirSync(new URL(face, root), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(vue|ts)$/.test(name) || name.endsWith('.test.ts')) continue
      const text = readFileSync(new URL(`${face}/${name}`, root), 'utf8')
      for (const [, method, , path] of text.matchAll(CALL)) {
        found.push(`${METHODS[method!]} ${path!.replace(/\$\{[^}]*\}/g, '{}')}`)
      }
    }
  }
  return [...new Set(found)].sort()
}

describe('the TypeScript client', () => {
  it('is generated from the committed description (npm run generate)', async () => {
    const fresh = astToString(await openapiTS(JSON.stringify(snapshot), { defaultNonNullable: false }))
    expect(readFileSync(new URL('schema.d.ts', import.meta.url), 'utf8')).toContain(fresh.trim())
  }, 30_000)

  it('calls only addresses that the description has', () => {
    const known = new Set(
      Object.entries(snapshot.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path.replace('/api/v1', '').replace(/\{[^}]*\}/g, '{}')}`),
      ),
    )
    const made = calls()
    expect(made.length).toBeGreaterThan(10)
    expect(made.filter((call) => !known.has(call))).toEqual([])
  })
})
