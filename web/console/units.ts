import { api } from '@shared/api/client'
import type { Level, Page, Unit } from '@shared/api/types'

const LEVELS: Level[] = ['province', 'city', 'county', 'town', 'village', 'unit']

/** All children of a unit. The largest real parents (a town's villages, a county's offices) have hundreds. */
export async function allUnits(parentId: number): Promise<Unit[]> {
  const units: Unit[] = []
  let cursor: string | null = null
  do {
    const page: Page<Unit> = await api.get<Page<Unit>>('/units', { parent_id: parentId, cursor, limit: 200 })
    units.push(...page.items)
    cursor = page.next
  } while (cursor)
  return units
}

/** What may stand below a level: anything deeper; a plain unit anywhere, below another one too. */
export function levelsBelow(level: Level): Level[] {
  const below = LEVELS.slice(LEVELS.indexOf(level) + 1)
  return below.length ? below : ['unit']
}
