import { toLoomError } from '../core/errors.ts'
import { expireDueApprovals } from '../storage/approvals/expire-due.ts'
import { freeLostDeliveries } from '../storage/deliveries/free.ts'
import { stopJob } from '../storage/jobs/stop.ts'
import { runDueSchedules } from '../storage/schedules/run-due.ts'
import { type FreedTask, freeLostTasks, waitingLanes } from '../storage/tasks/claim.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'

/** A task that took so many workers with it, without a step between, is not given to another. */
const mostLost = 20

export interface SchedulerTimings {
  leaseMs: number
  silentMs: number
  everyMs: number
  /** How long after an outage living workers have to come back and renew, before their tasks count as lost. */
  returnMs: number
  /** The same after this process began, which may have been in an outage that it did not see. */
  firstMs: number
}

/** A keeper notices a dead connection in six seconds and is back within two of the database. */
export const schedulerTimings: SchedulerTimings = { ...timings, everyMs: 1_000, returnMs: 10_000, firstMs: 0 }

/** Turns that are further apart, or wait longer for an answer, mean that something was away: the database, or we. */
const stillMs = 2_000

/**
 * Once a second: takes tasks and deliveries from processes that are gone, and rings again for whatever waits. What the queue lost,
 * doubled or flushed is found here.
 *
 * After an outage of the database every lease has run out, those of the living too: nothing is taken from anybody
 * until they had the time to come back.
 */
export function startScheduler(
  parts: Pick<Parts, 'openStore' | 'log' | 'ring'>,
  times: SchedulerTimings = schedulerTimings,
): Role {
  const store = parts.openStore('loom_app')
  let open = true
  let wake: () => void = () => undefined
  // By the clock on the wall, which goes on while this machine sleeps, as the leases do.
  let askedAtMs = store.now()
  let takesAtMs = performance.now() + times.firstMs

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

  const wait = (): void => {
    takesAtMs = Math.max(takesAtMs, performance.now() + times.returnMs)
  }

  const turn = async (): Promise<void> => {
    if (store.now() - askedAtMs > times.everyMs + stillMs) wait()
    askedAtMs = store.now()
    // Asked first: what would take tasks must not be the statement that lay in the line until the database was back.
    const lanes = new Set(await waitingLanes(store))
    if (store.now() - askedAtMs > stillMs) wait()
    if (performance.now() >= takesAtMs) {
      for (const task of await freeLostTasks(store, times)) {
        if (task.lost >= mostLost) await giveUp(task)
        else lanes.add(task.lane)
      }
      await freeLostDeliveries(store, times)
    }
    const begun = (await runDueSchedules(store)) + (await expireDueApprovals(store))
    if (begun > 0) lanes.add('worker')
    for (const lane of lanes) parts.ring(lane)
  }

  const loop = async (): Promise<void> => {
    while (open) {
      await turn().catch((thrown) => {
        wait()
        const error = toLoomError(thrown)
        parts.log.warn({ kind: error.kind, detail: error.detail }, 'the scheduler skipped a turn')
      })
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, times.everyMs)
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
