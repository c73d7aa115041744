import type { Kept } from '../outbox/tap'
import type { WaitingPerson } from '../types'

/** Who still waits, longest first: as the server said, less what was tapped here since and
    is not answered yet. The page shows a tap's effect at once; the server has the last word. */
export function stillWaiting(people: WaitingPerson[], unsent: Kept[], gate: number, feverFrom: number): WaitingPerson[] {
  let left = [...people].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  for (const tap of unsent) {
    if (tap.kind !== 'decision' || tap.gate !== gate) continue
    const { scan_id, action, celsius, at } = tap.body
    left = left.flatMap((person) => {
      if (person.scan_id !== scan_id) return [person]
      if (action !== 'measure' || celsius == null) return []
      return measured(person, celsius, at, feverFrom)
    })
  }
  return left
}

/** A measurement settles it where nothing else is needed, and a fever always does. */
export function measured(person: WaitingPerson, celsius: number, at: string, feverFrom: number): WaitingPerson[] {
  if (celsius >= feverFrom) return []
  const needs = person.needs.filter((need) => need !== 'temperature')
  return needs.length ? [{ ...person, needs, temperature: { celsius, at, place: null, reused: false } }] : []
}

/** Those that this list has and the earlier one had not. */
export function newcomers(before: WaitingPerson[], after: WaitingPerson[]): WaitingPerson[] {
  const known = new Set(before.map((person) => person.scan_id))
  return after.filter((person) => !known.has(person.scan_id))
}
