import { setTimeout as pause } from 'node:timers/promises'
import { type LoomError, toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../database.ts'
import { commitSteps } from '../steps/commit.ts'
import type { HeldTask } from '../tasks/held.ts'
import type { LoadedTask } from '../tasks/loaded.ts'
import { noteDelay } from '../tasks/note-delay.ts'

interface Fault {
  held: HeldTask
  holder: string
  task: LoadedTask
  signal: AbortSignal
  thrown: unknown
}

/**
 * What becomes of a task whose run threw: one that can never be done ends, one that may go better later keeps its slot
 * for a while. Answers whether it ended; else it is to be given back. Never throws.
 */
export async function settleFault(
  deps: { store: Store; log: Log },
  { held, holder, signal, task, thrown }: Fault,
): Promise<boolean> {
  const { log, store } = deps
  const error = toLoomError(thrown)
  const ids = { tenantId: held.tenantId, jobId: held.jobId, taskId: held.taskId }
  if (error.kind === 'lease_lost') {
    log.info(ids, 'a task was taken away')
  } else if (error.kind === 'cancelled') {
    log.info(ids, 'a task is handed back')
  } else if (!error.retryable) {
    log.error({ ...ids, kind: error.kind, detail: error.detail }, 'a task failed')
    return failTask(store, { held, holder, task, error }).catch(() => false)
  } else if (!signal.aborted) {
    log.warn({ ...ids, kind: error.kind, detail: error.detail }, 'a task is handed back')
    const context = { tenantId: held.tenantId, actor: { kind: 'system' } } as const
    await noteDelay(store, context, { task: held, holder, message: error.message }).catch(() => false)
    await pause(restMs(error), undefined, { signal }).catch(() => undefined)
  }
  return false
}

/** As long as whoever refused asked for, within bounds: the task keeps its slot meanwhile. */
function restMs({ retryAfterMs = 0 }: LoomError): number {
  return Math.min(Math.max(retryAfterMs, 1_000), 30_000)
}

/** Ends a task that cannot be done. Answers `false` when the lease was lost meanwhile. */
async function failTask(
  store: Store,
  input: { held: HeldTask; holder: string; task: LoadedTask; error: LoomError },
): Promise<boolean> {
  const { error, held, holder, task } = input
  const context = { tenantId: held.tenantId, actor: { kind: 'system' } } as const
  const [result] = await commitSteps(store, context, {
    holder,
    commits: [
      {
        task: held,
        budgetKeys: task.budgetKeys,
        answers: task.answers,
        files: [],
        releaseMicroUsd: task.reservedMicroUsd,
        wantMicroUsd: 0,
        leastMicroUsd: 0,
        outcome: { state: 'failed', error: error.kind, message: error.message },
      },
    ],
  })
  return result?.held ?? false
}
