import { onScopeDispose, ref } from 'vue'
import type { Verdict } from '@shared/api/types'

/** What the phone at the gate does besides showing: dark screen, sound, vibration.
    Each works where the device offers it and is silent where not. */

const read = (key: string): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
const write = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value)
  } catch {
    // remembered for this page only
  }
}

export const dark = ref(false)

export function startDark(): void {
  const chosen = read('lf_dark')
  dark.value = chosen ? chosen === '1' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.classList.toggle('dark', dark.value)
}

export function switchDark(): void {
  dark.value = !dark.value
  write('lf_dark', dark.value ? '1' : '0')
  document.documentElement.classList.toggle('dark', dark.value)
}

/** The gate this device watched last stands first in the list. */
export const lastGate = (): number | null => Number(read('lf_gate')) || null
export const rememberGate = (id: number): void => write('lf_gate', String(id))

let audio: AudioContext | null = null
export const sound = ref(false)
let chosen = false

/** Browsers allow sound only after a tap: the first one anywhere turns it on. */
export function soundAfterTap(): void {
  const on = () => !chosen && void switchSound(true)
  document.addEventListener('pointerdown', on, { once: true })
  onScopeDispose(() => document.removeEventListener('pointerdown', on))
}

export async function switchSound(on: boolean): Promise<void> {
  chosen = true
  if (on) {
    audio ??= 'AudioContext' in window ? new AudioContext() : null
    await audio?.resume().catch(() => undefined)
  }
  sound.value = on && audio?.state === 'running'
}

export type Signal = Verdict | 'waiting' | 'fever'

/** [frequency Hz, start s, length s]: pass rises briefly, observe asks three times,
    refuse is long and low, somebody new knocks twice, a fever is a siren: told apart
    with the phone in a pocket. */
const TUNES: Record<Signal, [number, number, number][]> = {
  pass: [
    [784, 0, 0.09],
    [1175, 0.1, 0.14],
  ],
  observe: [
    [622, 0, 0.14],
    [622, 0.22, 0.14],
    [622, 0.44, 0.14],
  ],
  refuse: [
    [196, 0, 0.45],
    [165, 0.5, 0.6],
  ],
  waiting: [
    [988, 0, 0.06],
    [988, 0.14, 0.06],
  ],
  fever: [
    [880, 0, 0.25],
    [587, 0.27, 0.25],
    [880, 0.54, 0.25],
    [587, 0.81, 0.25],
    [880, 1.08, 0.4],
  ],
}
const BUZZES: Record<Signal, number[]> = {
  pass: [60],
  observe: [120, 80, 120],
  refuse: [500, 120, 500],
  waiting: [40, 60, 40],
  fever: [300, 100, 300, 100, 300, 100, 600],
}
const HARSH: Signal[] = ['refuse', 'fever']

export function announce(signal: Signal): void {
  navigator.vibrate?.(BUZZES[signal])
  if (!sound.value || !audio) return
  for (const [frequency, start, length] of TUNES[signal]) {
    const tone = audio.createOscillator()
    const gain = audio.createGain()
    tone.type = HARSH.includes(signal) ? 'square' : 'sine'
    tone.frequency.value = frequency
    const from = audio.currentTime + start
    gain.gain.setValueAtTime(0.0001, from)
    gain.gain.exponentialRampToValueAtTime(0.4, from + 0.015)
    gain.gain.setValueAtTime(0.4, from + length - 0.03)
    gain.gain.exponentialRampToValueAtTime(0.0001, from + length)
    tone.connect(gain).connect(audio.destination)
    tone.start(from)
    tone.stop(from + length)
  }
}
