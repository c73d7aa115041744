/** `test.positive` → what a second pair of eyes reads: 检测 阳性. */
export function wordsOf(key: string, t: (key: string, values?: Record<string, unknown>) => string): string {
  const [kind, result] = key.split('.') as [string, string]
  const dose = /^[1-9]$/.test(result)
  return `${t(`evidence.kinds.${kind}`)} ${dose ? t('evidence.results.dose', { n: result }) : t(`evidence.results.${result}`)}`
}
