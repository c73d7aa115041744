import type { Kept, Tap } from './tap'

/** Where taps are kept until the server has answered: IndexedDB, which a reload, a crash
    and an empty battery leave as it is. */
export interface Store {
  add(tap: Tap): Promise<Kept>
  all(): Promise<Kept[]>
  put(tap: Kept): Promise<void>
  remove(seq: number): Promise<void>
}

const NAME = 'lianfang-gate'
const TAPS = 'taps'
const PAGES = 'pages'

/** IndexedDB takes no reactive objects of Vue's. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })

let opening: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      // The order of the numbers is the order of the taps: two ids of one millisecond would not tell.
      request.result.createObjectStore(TAPS, { keyPath: 'seq', autoIncrement: true })
      request.result.createObjectStore(PAGES)
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
  return opening
}

/** Resolved when the transaction is complete, so on the disk rather than in somebody's memory. */
async function within<T>(name: string, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(name, mode, { durability: 'strict' })
  const complete = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'))
  })
  const found = result(work(transaction.objectStore(name)))
  await complete
  return found
}

export const diskStore: Store = {
  add: async (tap) => ({ ...tap, seq: Number(await within(TAPS, 'readwrite', (taps) => taps.add(plain(tap)))) }),
  all: () => within(TAPS, 'readonly', (taps) => taps.getAll() as IDBRequest<Kept[]>),
  put: async (tap) => void (await within(TAPS, 'readwrite', (taps) => taps.put(plain(tap)))),
  remove: (seq) => within(TAPS, 'readwrite', (taps) => taps.delete(seq)),
}

/** For tests, and for a browser that gives no storage: lasts as long as the page. */
export function memoryStore(): Store {
  const taps = new Map<number, Kept>()
  let last = 0
  return {
    add: async (tap) => {
      const kept = { ...tap, seq: ++last }
      taps.set(kept.seq, kept)
      return kept
    },
    all: async () => [...taps.values()].sort((a, b) => a.seq - b.seq),
    put: async (tap) => void taps.set(tap.seq, tap),
    remove: async (seq) => void taps.delete(seq),
  }
}

/** What a page needs to open without a network. */
export const keepPage = (key: string, value: unknown): Promise<void> =>
  within(PAGES, 'readwrite', (pages) => pages.put(plain(value), key)).then(
    () => undefined,
    () => undefined, // no storage: this page simply needs the network next time
  )

export const keptPage = <T>(key: string): Promise<T | undefined> =>
  within(PAGES, 'readonly', (pages) => pages.get(key) as IDBRequest<T | undefined>).catch(() => undefined)

export const forgetPages = (): Promise<void> => within(PAGES, 'readwrite', (pages) => pages.clear()).catch(() => undefined)
