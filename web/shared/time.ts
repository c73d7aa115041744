import { ref } from 'vue'

/** The zone every face shows, from /meta; the device's own zone never matters. */
export const timezone = ref('Asia/Shanghai')

const formats = new Map<string, Intl.DateTimeFormat>()

function parts(iso: string | number | Date, zone: string): Record<string, string> {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(new Date(iso)).map((part) => [part.type, part.value]))
}

/** 2026-11-22 */
export function day(iso: string | number | Date, zone = timezone.value): string {
  const p = parts(iso, zone)
  return `${p.year}-${p.month}-${p.day}`
}

/** 12:10, or 12:10:05 with seconds */
export function clock(iso: string | number | Date, withSeconds = false, zone = timezone.value): string {
  const p = parts(iso, zone)
  return `${p.hour}:${p.minute}` + (withSeconds ? `:${p.second}` : '')
}

/** 2026-11-22 12:10 */
export function dayTime(iso: string | number | Date, withSeconds = false, zone = timezone.value): string {
  return `${day(iso, zone)} ${clock(iso, withSeconds, zone)}`
}

/** The instant of a wall-clock time (`2026-11-22`, `08:30`) in the zone, as ISO UTC. */
export function instant(date: string, time = '00:00', zone = timezone.value): string {
  const guess = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`)
  const shown = Date.parse(dayTime(guess, true, zone).replace(' ', 'T') + 'Z')
  return new Date(guess - (shown - guess)).toISOString().replace('.000Z', 'Z')
}
