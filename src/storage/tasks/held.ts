import type { Lane } from '../../core/words.ts'

/** A task in this process's hands. Every write on its behalf names holder and fence, and is refused when they are old. */
export interface HeldTask {
  taskId: string
  tenantId: string
  jobId: string
  fence: number
  lane: Lane
}
