/** Lengths of time that people lend or share for. */
const HOUR = 3_600_000
export const PERIODS = { h8: 8 * HOUR, d1: 24 * HOUR, d7: 168 * HOUR, d30: 720 * HOUR, d90: 2160 * HOUR, d365: 8760 * HOUR }
export type Period = keyof typeof PERIODS
export const PERIOD_NAMES = Object.keys(PERIODS) as Period[]

/** The instant at which a period that begins now is over. */
export function endOf(period: Period): string {
  return new Date(Date.now() + PERIODS[period]).toISOString()
}
