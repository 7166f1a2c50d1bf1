import { toLoomError } from '../core/errors.ts'
import { stopJob } from '../storage/jobs/stop.ts'
import { type FreedTask, freeLostTasks, waitingLanes } from '../storage/tasks/claim.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'

/** A task that took so many workers with it, without a step between, is not given to another. */
const mostLost = 20

/**
 * Once a second: takes tasks from workers that are gone, and rings again for whatever waits. What the queue lost,
 * doubled or flushed is found here.
 */
export function startScheduler(parts: Parts): Role {
  const store = parts.openStore('loom_app')
  let open = true
  let wake: () => void = () => undefined

  const giveUp = async (task: FreedTask): Promise<void> => {
    parts.log.error({ tenantId: task.tenantId, jobId: task.jobId, taskId: task.taskId }, 'a task is given up')
    await stopJob(
      store,
      { tenantId: task.tenantId, actor: { kind: 'system' } },
      {
        jobId: task.jobId,
        state: 'failed',
        errorKind: 'internal',
        answer: `An agent stopped without a word ${task.lost} times, so this was given up. What was finished is kept.`,
      },
    )
  }

  const turn = async (): Promise<void> => {
    const freed = await freeLostTasks(store, timings)
    for (const task of freed) if (task.lost >= mostLost) await giveUp(task)
    for (const lane of await waitingLanes(store)) parts.ring(lane)
  }

  const loop = async (): Promise<void> => {
    while (open) {
      await turn().catch((thrown) => {
        const error = toLoomError(thrown)
        parts.log.warn({ kind: error.kind, detail: error.detail }, 'the scheduler skipped a turn')
      })
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, 1_000)
      })
    }
  }
  const done = loop()

  return {
    async close() {
      open = false
      wake()
      await done
    },
  }
}
