/** Web Mercator, as map tiles are cut: places on a small drawing, and the tiles beneath them. */
const TILE = 256
const EQUATOR_M = 40_075_016.686
const MARGIN = 32
const NEAREST = 17

export interface View {
  /** Of the tiles. */
  zoom: number
  /** World coordinates of the drawing's left upper corner, in pixels of that zoom. */
  left: number
  top: number
  points: [number, number][]
  bar: { metres: number; pixels: number }
}

function world([lat, lon]: [number, number], zoom: number): [number, number] {
  const size = TILE * 2 ** zoom
  const sine = Math.sin((lat * Math.PI) / 180)
  return [((lon + 180) / 360) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size]
}

/** The nearest zoom at which all places fit, and where they stand then. Places at one spot are fanned out a little. */
export function layout(places: [number, number][], width: number, height: number): View {
  if (!places.length) return { zoom: 0, left: 0, top: 0, points: [], bar: { metres: 0, pixels: 0 } }
  let zoom = NEAREST
  let spots: [number, number][] = []
  let box = { left: 0, right: 0, top: 0, bottom: 0 }
  for (; zoom >= 0; zoom -= 1) {
    spots = places.map((place) => world(place, zoom))
    const xs = spots.map(([x]) => x)
    const ys = spots.map(([, y]) => y)
    box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
    if (box.right - box.left <= width - 2 * MARGIN && box.bottom - box.top <= height - 2 * MARGIN) break
  }
  const left = (box.left + box.right - width) / 2
  const top = (box.top + box.bottom - height) / 2
  const taken = new Map<string, number>()
  const points = spots.map(([x, y]): [number, number] => {
    const key = `${Math.round(x / 8)}:${Math.round(y / 8)}`
    const before = taken.get(key) ?? 0
    taken.set(key, before + 1)
    const angle = before * 2.4
    const away = before ? 10 + 3 * Math.sqrt(before) : 0
    return [Math.round(x - left + away * Math.cos(angle)), Math.round(y - top + away * Math.sin(angle))]
  })
  return { zoom, left, top, points, bar: bar(places[0]![0], zoom) }
}

/** A round length that takes 60 to 150 pixels. */
function bar(lat: number, zoom: number): { metres: number; pixels: number } {
  const metre = (TILE * 2 ** zoom) / (EQUATOR_M * Math.cos((lat * Math.PI) / 180))
  const rough = 60 / metre
  const power = 10 ** Math.floor(Math.log10(rough))
  const metres = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!
  return { metres, pixels: Math.round(metres * metre) }
}

export function ground(view: View, address: string, width: number, height: number) {
  const tiles = []
  for (let x = Math.floor(view.left / TILE); x * TILE < view.left + width; x += 1) {
    for (let y = Math.floor(view.top / TILE); y * TILE < view.top + height; y += 1) {
      const href = address.replace('{z}', String(view.zoom)).replace('{x}', String(x)).replace('{y}', String(y))
      tiles.push({ href, x: x * TILE - view.left, y: y * TILE - view.top, size: TILE })
    }
  }
  return tiles
}
