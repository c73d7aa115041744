import { ref } from 'vue'
import { currentLang } from './lang'

/** 适老版 (large type) and reading aloud: choices of this reader on this device. */
const KEY = 'lf_large'

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null // storage switched off: the choice lasts for this page
  }
}

export const large = ref(typeof localStorage !== 'undefined' && stored(KEY) === '1')

function show(): void {
  document.documentElement.classList.toggle('large', large.value)
}

export function startReading(): void {
  show()
}

export function switchLarge(): void {
  large.value = !large.value
  try {
    localStorage.setItem(KEY, large.value ? '1' : '0')
  } catch {
    // as above
  }
  show()
}

export const canSpeak = typeof window !== 'undefined' && 'speechSynthesis' in window

export function speak(text: string): void {
  if (!canSpeak) return
  speechSynthesis.cancel()
  const words = new SpeechSynthesisUtterance(text)
  words.lang = currentLang()
  words.rate = 0.9
  speechSynthesis.speak(words)
}
