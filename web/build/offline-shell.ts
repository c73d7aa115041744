import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin, Rolldown } from 'vite'

/** Writes dist/sw.js: the service worker with the list of files that each face needs, so
    that a phone that was here before opens without a network. */
export function offlineShell(template: string, entries: string[]): Plugin {
  return {
    name: 'lianfang-offline-shell',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.fromEntries(
        entries.map((entry) => [entry, [...filesOf(bundle, entry)].sort().map((file) => `/${file}`)]),
      )
      const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12)
      const source = readFileSync(template, 'utf8')
        .replace("'__VERSION__'", JSON.stringify(version))
        .replace("'__FILES__'", JSON.stringify(files))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}

/** Scripts and styles of an entry, with what its lazy routes load. */
function filesOf(bundle: Rolldown.OutputBundle, entry: string): Set<string> {
  const seen = new Set<string>()
  const visit = (name: string) => {
    const chunk = bundle[name]
    if (seen.has(name) || chunk?.type !== 'chunk') return
    seen.add(name)
    chunk.viteMetadata?.importedCss.forEach((css) => seen.add(css))
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) visit(next)
  }
  for (const chunk of Object.values(bundle)) {
    if (chunk.type === 'chunk' && chunk.isEntry && chunk.name === entry) visit(chunk.fileName)
  }
  return seen
}
