// First load of each face: its page, scripts and styles, compressed as the server sends them.
// Fails when a face is over its budget. Run after `npm run build`.
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

// kB, gzip. The citizen's is the promise to a phone on a weak network.
const BUDGETS = { citizen: 180, gate: 120, index: 80, console: 700 }
const dist = new URL('../dist/', import.meta.url)

const size = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 6 }).length

/** Static imports only: what a lazy route loads later is not first load. */
function closure(entry) {
  const seen = new Set()
  const visit = (name) => {
    if (seen.has(name) || !existsSync(new URL(name, dist))) return
    seen.add(name)
    if (!name.endsWith('.js')) return
    const text = readFileSync(new URL(name, dist), 'utf8')
    for (const [, file] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) visit(`assets/${file}`)
  }
  const html = readFileSync(new URL(entry, dist), 'utf8')
  for (const [, file] of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) visit(file)
  return [entry, ...seen]
}

let over = false
for (const [face, budget] of Object.entries(BUDGETS)) {
  const files = closure(`${face}.html`)
  const kB = files.reduce((sum, name) => sum + size(name), 0) / 1000
  const verdict = kB <= budget ? 'ok' : 'OVER'
  over ||= kB > budget
  console.log(`${face.padEnd(8)} ${kB.toFixed(1).padStart(7)} kB of ${budget} kB  ${files.length} files  ${verdict}`)
}
process.exit(over ? 1 : 0)
