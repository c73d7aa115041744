import { learnClock } from '../clock'
import { currentLang } from '../lang'
import { NetworkLost, problemOf } from './problem'

export { NetworkLost, Problem } from './problem'

type Query = Record<string, string | number | boolean | null | undefined>

interface Options {
  query?: Query
  body?: unknown
  /** A file that travels as it is. */
  file?: Blob
  signal?: AbortSignal
  timeoutMs?: number
}

const BASE = '/api/v1'
let onSignedOut: (() => void) | null = null

/** What a face does when a request says 401 (go to its login page, usually). */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action
}

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return BASE + path + (text ? `?${text}` : '')
}

async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': currentLang() }
  // The server refuses unsafe methods without this type: a foreign form can't send it.
  if (method !== 'GET') headers['Content-Type'] = options.file ? 'application/octet-stream' : 'application/json'
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? 20_000)
  options.signal?.addEventListener('abort', () => abort.abort())
  const sent = Date.now()
  let response: Response
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      credentials: 'same-origin',
      body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: abort.signal,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new NetworkLost(error)
  } finally {
    clearTimeout(timer)
  }
  learnClock(response.headers.get('date'), sent, Date.now())
  if (response.ok) return response
  const problem = await problemOf(response)
  // A failed login is an answer to the form, not the end of a session.
  if (problem.status === 401 && !path.startsWith('/session')) onSignedOut?.()
  throw problem
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  const response = await send(method, path, options)
  if (response.status === 204) return undefined as T
  try {
    return (await response.json()) as T
  } catch (error) {
    // Cut off in the middle, or a captive portal's page: no answer of ours.
    throw new NetworkLost(error)
  }
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal, timeoutMs?: number) => json<T>('GET', path, { query, signal, timeoutMs }),
  post: <T>(path: string, body: unknown = {}, signal?: AbortSignal) => json<T>('POST', path, { body, signal }),
  put: <T>(path: string, body: unknown) => json<T>('PUT', path, { body }),
  patch: <T>(path: string, body: unknown) => json<T>('PATCH', path, { body }),
  del: <T = void>(path: string, body: unknown = {}) => json<T>('DELETE', path, { body }),
  /** Sends a file; minutes are allowed. */
  upload: <T>(path: string, query: Query, file: Blob) =>
    json<T>('POST', path, { query, file, timeoutMs: 15 * 60_000 }),
  /** A streamed file (export): the caller hands the blob to saveAs. Minutes are allowed. */
  download: async (
    path: string,
    body: unknown,
    onBytes?: (received: number) => void,
  ): Promise<{ blob: Blob; name: string | null }> => {
    const response = await send('POST', path, { body, timeoutMs: 15 * 60_000 })
    const parts: Uint8Array<ArrayBuffer>[] = []
    let received = 0
    const reader = response.body?.getReader()
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        parts.push(part.value)
        received += part.value.length
        onBytes?.(received)
      }
    } catch (error) {
      // Cut off on the way: half a table must not look like a whole one.
      throw new NetworkLost(error)
    }
    const type = response.headers.get('content-type') ?? ''
    return { blob: new Blob(parts, { type }), name: fileName(response.headers.get('content-disposition')) }
  },
}

/** The file name of a Content-Disposition, preferring the UTF-8 form. */
export function fileName(disposition: string | null): string | null {
  if (!disposition) return null
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  if (encoded) return decodeURIComponent(encoded)
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? null
}
