import { watch } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import type { Lang } from '../api/types'
import { NetworkLost, Problem } from '../api/problem'
import { lang, rememberLang } from '../lang'
import * as common from './common'

/** The same keys with other words: English is complete, or it does not compile. */
export type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

/** i18n of one face: its own words under its own keys, beside the shared ones. */
export function faceI18n<T extends object>(words: { zh: T; en: Same<T> }) {
  const i18n = createI18n({
    legacy: false,
    locale: lang.value,
    fallbackLocale: 'zh-CN',
    messages: {
      'zh-CN': { ...common.zh, ...words.zh },
      en: { ...common.en, ...words.en },
    } as unknown as Record<Lang, Record<string, string>>,
  })
  watch(lang, (choice) => (i18n.global.locale.value = choice))
  rememberLang(lang.value)
  return i18n
}

/** Words of a part that is loaded when it is needed; the first load goes without them. */
export function useMoreWords<T extends object>(words: { zh: T; en: Same<T> }) {
  const i18n = useI18n({ useScope: 'global' })
  i18n.mergeLocaleMessage('zh-CN', words.zh)
  i18n.mergeLocaleMessage('en', words.en)
  return i18n
}

export function switchLang(): void {
  rememberLang(lang.value === 'en' ? 'zh-CN' : 'en')
}

/** The sentence to show for any failure; the server's own where it gave one. */
export function sentenceOf(error: unknown, t: (key: string) => string): string {
  if (error instanceof Problem && error.detail) return error.detail
  if (error instanceof NetworkLost) return t('problem.network')
  return t('problem.unknown')
}
