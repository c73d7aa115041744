// Opens the citizen's and the gate's pages without a network. It keeps pages and
// hashed files only: what the API says is never answered from here.
const CACHE = `lianfang-${'__VERSION__'}`
const FILES = '__FILES__'
// One page stands for each face, whatever the address under it.
const SHELLS = [
  [/^\/(v|h5)(\/|$)/, '/h5/', 'citizen'],
  [/^\/gate(\/|$)/, '/gate/', 'gate'],
]
const PATIENCE_MS = 4000

self.addEventListener('install', (event) => event.waitUntil(install()))

// A face that is opened here for the first time: a resident's phone keeps no gate until then.
self.addEventListener('message', (event) => {
  const shell = SHELLS.find(([, , face]) => face === event.data?.keep)
  if (shell) event.waitUntil(keep(shell))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

/** The faces that are open on this device, and a new version of those that it had. */
async function install() {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const open = windows.map((window) => new URL(window.url).pathname)
  for (const shell of SHELLS) {
    if (open.some((path) => shell[0].test(path)) || (await caches.match(shell[1]))) await keep(shell)
  }
  await self.skipWaiting()
}

async function keep([, page, face]) {
  const cache = await caches.open(CACHE)
  const kept = await Promise.all([page, ...FILES[face]].map(async (file) => ((await cache.match(file)) ? null : file)))
  await cache.addAll(kept.filter(Boolean))
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  const shell = SHELLS.find(([prefix]) => prefix.test(url.pathname))?.[1]
  if (event.request.mode === 'navigate' && shell) event.respondWith(page(event.request, shell))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(file(event.request))
})

/** The network's page when it comes in time, else the kept one; a new one is kept. */
async function page(request, shell) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(shell)
  const fresh = fetch(request).then((response) => {
    if (response.ok) void cache.put(shell, response.clone())
    return response
  })
  if (!kept) return fresh
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS))
  const answer = await Promise.race([fresh.catch(() => kept), late])
  // A gateway's error page is no better than no network.
  return answer.status >= 500 ? kept : answer
}

/** The name carries a hash of the content: what is kept never grows old. */
async function file(request) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) void cache.put(request, response.clone())
  return response
}
