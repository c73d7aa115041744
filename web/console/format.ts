import { day, dayTime } from '@shared/time'

/** 1234567 → 1,234,567 in both languages. */
export function count(value: number): string {
  return new Intl.NumberFormat('en-US').format(value)
}

/** 2026-11-22 12:10:05 in the county's zone; a dash where there is no time. */
export function time(iso: string | null | undefined): string {
  return iso ? dayTime(iso, true) : '—'
}

/** The calendar day that is `days` after `date` (2026-11-22), whatever the device's zone. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

export function today(): string {
  return day(Date.now())
}

/** +8 % against a base; null when there is nothing to compare with. */
export function change(now: number, before: number): string | null {
  if (before === 0) return null
  const percent = Math.round(((now - before) / before) * 100)
  return percent > 0 ? `+${percent}%` : percent < 0 ? `−${-percent}%` : '±0%'
}
