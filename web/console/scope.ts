import { computed, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, Problem } from '@shared/api/client'
import type { UnitWithPath } from '@shared/api/types'
import { can, ownUnitId, session } from './session'

/** The unit in focus, with its way down from the account's own unit. It lives in the
    address (`?unit=`), so that a reload, a bookmark and the next page all keep it. */
const unit = ref<UnitWithPath | null>(null)

export function useScope() {
  const route = useRoute()
  const router = useRouter()
  const unitId = computed(() => Number(route.query.unit) || ownUnitId.value)

  function focus(id: number): Promise<unknown> {
    const query = { ...route.query, unit: id === ownUnitId.value ? undefined : String(id) }
    return router.push({ query })
  }

  return { unitId, unit, focus, loadUnit: () => loadUnit(unitId.value, focus) }
}

async function loadUnit(id: number, focus: (id: number) => unknown): Promise<void> {
  const own = session.value?.unit
  if (!own) return
  if (!can('units.read')) {
    // A role without the tree still sees the name of its own place.
    unit.value = { ...own, parent_id: null, children: 0, checkpoints: 0, path: [{ id: own.id, name: own.name }] }
    return
  }
  try {
    unit.value = await api.get<UnitWithPath>(`/units/${id}`)
  } catch (error) {
    // A bookmark of somebody else's unit: fall back to one's own instead of an empty page.
    if (error instanceof Problem && error.status === 404 && id !== own.id) focus(own.id)
    else throw error
  }
}
