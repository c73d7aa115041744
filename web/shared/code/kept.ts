/** A small store on the device (IndexedDB), one for each face: it keeps keys that can't be read out, and lists. */
export function keptIn(database: string) {
  let opening: Promise<IDBDatabase> | undefined
  const open = () =>
    (opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(database, 1)
      request.onupgradeneeded = () => void request.result.createObjectStore('kept')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
    }))

  async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await open()).transaction('kept', mode)
    const request = work(transaction.objectStore('kept'))
    return new Promise<T>((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'))
    })
  }

  return {
    get: <T>(key: string): Promise<T | undefined> => within('readonly', (store) => store.get(key) as IDBRequest<T | undefined>),
    put: (key: string, value: unknown): Promise<unknown> => within('readwrite', (store) => store.put(value, key)),
    remove: (key: string): Promise<unknown> => within('readwrite', (store) => store.delete(key)),
  }
}
