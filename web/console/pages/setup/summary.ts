import type { Run } from '@shared/api/types'

export const STATES = ['create', 'change', 'unchanged', 'error'] as const
export const KINDS = ['unit', 'checkpoint', 'account'] as const

/** What the summary of a dry run or an application holds. */
export interface Summary {
  rows: number
  create: number
  change: number
  unchanged: number
  error: number
  kinds: Record<(typeof KINDS)[number], Record<(typeof STATES)[number], number>>
  examples: number
  ignored: string[]
  unit_id: number
  file?: string
  differs?: number
}

/** Of a run that is done; before that there is none. */
export function summaryOf(run: Run | null): Summary | null {
  return run?.state === 'done' ? (run.summary as unknown as Summary) : null
}
