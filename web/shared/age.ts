/** How long ago, in words. */
export function ageOf(at: string | number, now: number, t: (key: string, values: Record<string, unknown>) => string): string {
  const minutes = Math.floor((now - new Date(at).getTime()) / 60_000)
  if (minutes < 1) return t('age.justNow', {})
  if (minutes < 60) return t('age.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? t('age.hours', { n: hours }) : t('age.days', { n: Math.floor(hours / 24) })
}
