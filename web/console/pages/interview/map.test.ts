import { describe, expect, it } from 'vitest'
import { ground, layout } from './map'

const CHICHENG: [number, number] = [40.91, 115.83]

describe('a map of places', () => {
  it('holds all of them, north above south and west before east', () => {
    const { points } = layout([CHICHENG, [40.95, 115.9], [40.8, 115.7]], 520, 320)
    for (const [x, y] of points) {
      expect(x).toBeGreaterThan(0)
      expect(x).toBeLessThan(520)
      expect(y).toBeGreaterThan(0)
      expect(y).toBeLessThan(320)
    }
    expect(points[1]![0]).toBeGreaterThan(points[2]![0])
    expect(points[1]![1]).toBeLessThan(points[2]![1])
  })

  it('keeps places at one spot apart', () => {
    const { points } = layout([CHICHENG, CHICHENG, CHICHENG], 520, 320)
    expect(new Set(points.map(String)).size).toBe(3)
  })

  it('says the scale: the bar is as long as that many metres at this latitude', () => {
    const far = layout([CHICHENG, [40.91, 115.93]], 520, 320) // 0.1° of longitude here is 8.41 km
    const pixels = far.points[1]![0] - far.points[0]![0]
    expect(((far.bar.metres / far.bar.pixels) * pixels) / 8413).toBeCloseTo(1, 1)
  })

  it('asks for the tiles that lie under it', () => {
    const view = layout([CHICHENG], 520, 320)
    const tiles = ground(view, 'https://maps.example/{z}/{x}/{y}.png', 520, 320)
    expect(tiles.every((one) => one.x > -256 && one.x < 520 && one.y > -256 && one.y < 320)).toBe(true)
    // tile of the place itself, by the formula of OpenStreetMap's wiki
    expect(tiles.map((one) => one.href)).toContain('https://maps.example/17/107708/49185.png')
  })
})
