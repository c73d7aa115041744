import { ref } from 'vue'
import type { Lang } from './api/types'

/** The cookie carries the choice, so that the server answers in the same language. */
const COOKIE = 'lf_lang'

/** Chinese unless the reader chose otherwise: the switch stands on every page. */
export function langOf(cookies: string): Lang {
  return /(?:^|;\s*)lf_lang=en(?:;|$)/.test(cookies) ? 'en' : 'zh-CN'
}

const inBrowser = typeof document !== 'undefined'
export const lang = ref<Lang>(inBrowser ? langOf(document.cookie) : 'zh-CN')

export function currentLang(): Lang {
  return lang.value
}

export function rememberLang(choice: Lang): void {
  lang.value = choice
  document.cookie = `${COOKIE}=${choice}; path=/; max-age=31536000; samesite=lax`
  document.documentElement.lang = choice
}
