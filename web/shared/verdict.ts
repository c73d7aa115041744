import type { Verdict } from './api/types'

/** Each status has a shape and a colour of its own; the word is `t('verdict.' + v)`.
    Shapes are SVG paths in a 24 × 24 box: circle with tick, triangle with bar,
    octagon with bar: told apart without colour, from afar. */
export interface Look {
  /** CSS variable of the full-width field, its text, and the pale ground of tags. */
  field: string
  onField: string
  tint: string
  onTint: string
  outline: string
  mark: string
}

export const LOOKS: Record<Verdict, Look> = {
  pass: {
    field: 'var(--lf-green-field)',
    onField: '#ffffff',
    tint: 'var(--lf-green-tint)',
    onTint: 'var(--lf-green-on-tint)',
    outline: 'M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0 -21z',
    mark: 'M7 12.4l3.6 3.6l6.6 -7.6',
  },
  observe: {
    field: 'var(--lf-yellow-field)',
    onField: '#1f2329',
    tint: 'var(--lf-yellow-tint)',
    onTint: 'var(--lf-yellow-ink)',
    outline: 'M12 2.2L23 21.4H1z',
    mark: 'M12 9v6M12 18v.2',
  },
  refuse: {
    field: 'var(--lf-red-field)',
    onField: '#ffffff',
    tint: 'var(--lf-red-tint)',
    onTint: 'var(--lf-red-on-tint)',
    outline: 'M7.7 1.5h8.6l6.2 6.2v8.6l-6.2 6.2H7.7L1.5 16.3V7.7z',
    mark: 'M7 12h10',
  },
}

export const VERDICTS = Object.keys(LOOKS) as Verdict[]
