/** The server's time as well as this device can know it: a phone whose clock is
    wrong by hours still mints sound ids and shows the right minute. */

let offset = 0

/** Learn from a response: its Date header against the middle of the round trip. */
export function learnClock(date: string | null, sent: number, received: number): void {
  if (date === null) return
  const server = Date.parse(date)
  if (Number.isNaN(server)) return
  // Date has whole seconds: the middle of that second is the best guess.
  const guess = server + 500 - (sent + received) / 2
  // Within its precision the device's clock is as good as the header, which servers
  // renew about once a second: two scans in a row must not change their order.
  offset = Math.abs(guess) <= 2000 + (received - sent) / 2 ? 0 : guess
}

export function serverNow(): number {
  return Date.now() + offset
}

export function clockOffset(): number {
  return offset
}
