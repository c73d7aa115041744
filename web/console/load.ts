import { computed, ref, shallowRef } from 'vue'
import type { Page } from '@shared/api/types'

/** One thing from the server: the newest request wins, an older answer is dropped. */
export function useLoad<T>(fetcher: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const answer = await fetcher()
      if (mine !== turn) return
      data.value = answer
      error.value = null
    } catch (problem) {
      if (mine === turn) error.value = problem
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  return { data, error, loading, load }
}

/** A list read page by page. The server only knows "after this"; the way back is remembered here. */
export function useCursor<T>(fetcher: (cursor: string | null) => Promise<Page<T>>) {
  const trail = ref<(string | null)[]>([null])
  const { data, error, loading, load } = useLoad(() => fetcher(trail.value.at(-1) ?? null))

  const items = computed<T[]>(() => data.value?.items ?? [])
  const page = computed(() => trail.value.length)
  const hasNext = computed(() => Boolean(data.value?.next))

  async function first(): Promise<void> {
    trail.value = [null]
    await load()
  }
  async function next(): Promise<void> {
    if (!data.value?.next) return
    trail.value = [...trail.value, data.value.next]
    await load()
  }
  async function previous(): Promise<void> {
    if (trail.value.length < 2) return
    trail.value = trail.value.slice(0, -1)
    await load()
  }

  return { items, page, hasNext, loading, error, loaded: computed(() => data.value !== null), load, first, next, previous }
}
