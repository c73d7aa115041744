/** An answer of the server that says no: application/problem+json as an exception. */

export interface FieldProblem {
  field: string
  code: string
  detail: string
}

interface ProblemBody {
  status?: number
  code?: string
  title?: string
  detail?: string
  errors?: FieldProblem[]
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly errors: FieldProblem[]
  /** Seconds the server asked us to wait (Retry-After), when it did. */
  readonly retryAfter: number | null

  constructor(status: number, body: ProblemBody, retryAfter: number | null = null) {
    super(body.detail ?? body.title ?? `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? `http_${status}`
    this.title = body.title ?? ''
    this.detail = body.detail ?? body.title ?? ''
    this.errors = body.errors ?? []
    this.retryAfter = retryAfter
  }

  /** The server's sentence for one field, e.g. `answers.temperature`. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.detail
  }

  /** Field → sentence, for forms that show each at its field. */
  get byField(): Record<string, string> {
    return Object.fromEntries(this.errors.map((error) => [error.field, error.detail]))
  }
}

/** The request never got an answer: no network, a timeout, a proxy that hung up. */
export class NetworkLost extends Error {
  constructor(cause?: unknown) {
    super('network lost', { cause })
    this.name = 'NetworkLost'
  }
}

function seconds(header: string | null): number | null {
  if (header === null) return null
  const value = Number(header)
  return Number.isFinite(value) && value >= 0 ? value : null
}

export async function problemOf(response: Response): Promise<Problem> {
  let body: ProblemBody = {}
  if ((response.headers.get('content-type') ?? '').includes('json')) {
    body = await response.json().catch(() => ({}))
  }
  return new Problem(response.status, body, seconds(response.headers.get('retry-after')))
}
