import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** One filter kept in the address, so that it survives reloads, the way back and a sent link. */
export function useQuery(name: string, fallback = '') {
  const route = useRoute()
  const router = useRouter()
  return computed<string>({
    get: () => (typeof route.query[name] === 'string' ? route.query[name] : fallback),
    set: (value) => {
      void router.replace({ query: { ...route.query, [name]: value && value !== fallback ? value : undefined } })
    },
  })
}
