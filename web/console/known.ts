import { useI18n } from 'vue-i18n'

/** Evidence in words: 检测 · 阳性; a code without words (a dose) as it stands. */
export function useKnown(): (one: { kind: string; result: string }) => string {
  const { t, te } = useI18n()
  return ({ kind, result }) => {
    const key = kind === 'decision' ? `holds.decision.${result}` : `evidence.results.${result}`
    return `${t(`evidence.kinds.${kind}`)} · ${te(key) ? t(key) : result}`
  }
}
