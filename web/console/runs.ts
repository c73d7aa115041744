import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { address, api } from '@shared/api/client'
import type { Run, Upload } from '@shared/api/types'

const EVERY_MS = 700

/** Sends a file ahead; the run that is started next takes it by its id. */
export function uploadFile(file: File): Promise<Upload> {
  return api.upload<Upload>('/uploads', { name: file.name }, file)
}

/** Where a file of a run is downloaded. */
export function fileOf(run: Run, name: string): string {
  return address(`/runs/${run.id}/files/${encodeURIComponent(name)}`)
}

export const ended = (run: Run): boolean => run.state === 'done' || run.state === 'failed'

/** A run, asked for until it has ended. `id` may be null: there is none yet. */
export function useRun(id: Ref<number | null>, whenEnded: (run: Run) => void = () => {}) {
  const run = shallowRef<Run | null>(null)
  const error = ref<unknown>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(wanted: number): Promise<void> {
    try {
      const answer = await api.get<Run>(`/runs/${wanted}`)
      if (id.value !== wanted) return
      run.value = answer
      error.value = null
      if (ended(answer)) return whenEnded(answer)
    } catch (problem) {
      // The work goes on without us: the next answer tells how far it is.
      error.value = problem
    }
    if (id.value === wanted) timer = setTimeout(() => void ask(wanted), EVERY_MS)
  }

  function begin(wanted: number | null): void {
    clearTimeout(timer)
    run.value = null
    if (wanted !== null) void ask(wanted)
  }

  watch(id, begin, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return { run, error }
}
