import { randomUUID } from 'node:crypto'
import { LoomError, toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Lane } from '../../core/words.ts'
import type { Store } from '../database.ts'
import { claimTasks, releaseTasks } from '../tasks/claim.ts'
import type { HeldTask } from '../tasks/held.ts'
import { loadTasks } from '../tasks/load.ts'
import type { LoadedTask } from '../tasks/loaded.ts'
import { startTasks } from '../tasks/start.ts'
import { createFairShare } from './fair-share.ts'
import { startLeaseKeeper } from './keeper.ts'
import { settleFault } from './settle-fault.ts'

/**
 * The most that is taken in one go: what a worker has claimed and not begun is idle, and others may have hands free.
 * It rings for them and takes more itself once it has begun.
 */
const claimBatch = 25

/** One task in hand. `signal` aborts when the lease is lost, the job ends or this process must close. */
export interface TaskRun {
  held: HeldTask
  holder: string
  task: LoadedTask
  signal: AbortSignal
}

export interface TaskRunner {
  /** Under which this process shows that it is there, for as long as the runner is. */
  holder: string
  /**
   * Claims as many tasks as there are free slots. Never throws, never waits for the work. Answers `false` when there
   * is no free slot: then somebody else has to be rung for.
   */
  wake(): boolean
  /** Stops the agents of a job in this process at once. */
  abortJob(jobId: string): void
  /** Takes nothing new, lets running tasks reach the end of their step for `boundMs`, then hands them back. */
  close(input: { boundMs: number }): Promise<void>
}

/**
 * Holds tasks of one lane by lease: claims, starts and loads them, runs `run` for each in a slot of its own, and
 * gives back or fails what `run` throws out of. `draining` tells `run` to stop after its step, because this process
 * closes or because another tenant waits for a slot (`fair-share.ts`); it is to be asked once between two steps.
 */
export async function startTaskRunner(input: {
  store: Store
  databaseUrl: string
  role: string
  lane: Lane
  slots: number
  leaseMs: number
  beatMs?: number | undefined
  log: Log
  ring: (lane: Lane) => void
  run: (run: TaskRun & { draining: () => boolean }) => Promise<void>
}): Promise<TaskRunner> {
  const { lane, log, slots, store } = input
  const holder = randomUUID()
  const running = new Map<string, { held: HeldTask; abort: AbortController; claimedAtMs: number }>()
  const idle = new Set<() => void>()
  const fair = createFairShare({ store, log, lane, holder, slots })
  let claiming = false
  let claims = Promise.resolve()
  let claimedUntilMs = 0
  let again = false
  let mayBeMore = true
  let draining = false

  /** Never throws: what cannot be given back now is found again among the strays. */
  const giveBack = (tasks: readonly Pick<HeldTask, 'taskId' | 'fence'>[]): Promise<void> =>
    releaseTasks(store, { holder, tasks }).then(
      () => {
        mayBeMore = true
      },
      (thrown) => log.warn({ detail: toLoomError(thrown).detail }, 'tasks could not be given back yet'),
    )

  const mustStop = (held: HeldTask) => () => draining || fair.makesRoom(held)

  const work = async (held: HeldTask, task: LoadedTask, abort: AbortController): Promise<void> => {
    try {
      await input.run({ held, holder, task, signal: abort.signal, draining: mustStop(held) })
    } catch (thrown) {
      const ended = await settleFault({ store, log }, { held, holder, task, signal: abort.signal, thrown })
      // Also what was lost, should it be ours after all: what nobody works on must not stay in our name.
      if (!ended) await giveBack([held])
    } finally {
      const wasFull = running.size >= slots
      running.delete(held.taskId)
      fair.left(held)
      if (running.size === 0) for (const wakeUp of idle) wakeUp()
      // Whoever found less than there was room for is rung when there is more.
      if (wasFull || mayBeMore) wake()
    }
  }

  const claim = async (): Promise<void> => {
    const limit = Math.min(slots - running.size, claimBatch)
    const claimed = await claimTasks(store, { lane, holder, limit, leaseMs: input.leaseMs })
    // What is held is compared from here on: a question asked before the claim was committed does not know of it.
    const claimedAtMs = Date.now()
    if (draining) return giveBack(claimed)
    mayBeMore = claimed.length === limit
    if (mayBeMore && limit > 0) {
      input.ring(lane)
      again = true
    }
    const aborts = new Map<string, AbortController>()
    for (const held of claimed) {
      const abort = new AbortController()
      aborts.set(held.taskId, abort)
      running.set(held.taskId, { held, abort, claimedAtMs })
    }
    for (const [tenantId, tasks] of Map.groupBy(claimed, (held) => held.tenantId)) {
      await begin(tenantId, tasks, aborts)
    }
  }

  /** Starts a tenant's tasks. What cannot be started is handed back. */
  const begin = async (
    tenantId: string,
    tasks: readonly HeldTask[],
    aborts: ReadonlyMap<string, AbortController>,
  ): Promise<void> => {
    const context = { tenantId, actor: { kind: 'system' } } as const
    const loaded = new Map<string, LoadedTask>()
    try {
      const taskIds = tasks.map(({ taskId }) => taskId)
      const [started, found] = await Promise.all([
        startTasks(store, context, { tasks }),
        loadTasks(store, context, { taskIds }),
      ])
      const begun = new Set(started)
      for (const task of found) if (begun.has(task.taskId)) loaded.set(task.taskId, task)
    } catch (thrown) {
      log.warn(
        { tenantId, kind: toLoomError(thrown).kind, detail: toLoomError(thrown).detail },
        'tasks not started',
      )
    }
    const unstarted: HeldTask[] = []
    for (const held of tasks) {
      const task = loaded.get(held.taskId)
      const abort = aborts.get(held.taskId)
      if (task && abort) void work(held, task, abort)
      else unstarted.push(held)
    }
    for (const held of unstarted) running.delete(held.taskId)
    await giveBack(unstarted)
  }

  const wake = (): boolean => {
    if (draining) return false
    if (running.size >= slots) {
      fair.look()
      return false
    }
    if (claiming) {
      again = true
      return true
    }
    claiming = true
    claims = claim()
      .catch((thrown) =>
        log.warn({ kind: toLoomError(thrown).kind, detail: toLoomError(thrown).detail }, 'claim failed'),
      )
      .finally(() => {
        claiming = false
        claimedUntilMs = Date.now()
        if (again) {
          again = false
          wake()
        }
      })
    return true
  }

  /**
   * What is held in our name and in nobody's hands: a claim whose answer was lost, a task that could not be given back
   * while the database was away. Its lease would be renewed for ever.
   */
  const giveBackStrays = (held: ReadonlyMap<string, number>, askedAtMs: number): void => {
    if (claiming || askedAtMs <= claimedUntilMs) return
    const strays = [...held].flatMap(([taskId, fence]) => (running.has(taskId) ? [] : [{ taskId, fence }]))
    if (strays.length === 0) return
    log.info({ taskIds: strays.map(({ taskId }) => taskId) }, 'tasks in nobody’s hands are given back')
    void giveBack(strays).then(wake)
  }

  const keeper = startLeaseKeeper({
    url: input.databaseUrl,
    role: input.role,
    holder,
    leaseMs: input.leaseMs,
    everyMs: input.beatMs,
    onMoved: (jobId) => {
      if ([...running.values()].some(({ held }) => held.jobId === jobId)) keeper.check()
    },
    onFault: (fault) => log.error({ fault: toLoomError(fault).detail }, 'the lease keeper stopped'),
    onHeld: (held, askedAtMs) => {
      giveBackStrays(held, askedAtMs)
      // Once a second also without a ring: a queue that is away costs time, not work.
      wake()
      for (const [taskId, { abort, claimedAtMs, held: task }] of running) {
        if (claimedAtMs < askedAtMs && held.get(taskId) !== task.fence) abort.abort(leaseLost())
      }
    },
  })
  await keeper.ready

  return {
    holder,
    wake,
    abortJob(jobId) {
      for (const { abort, held } of running.values()) if (held.jobId === jobId) abort.abort(leaseLost())
    },
    async close({ boundMs }) {
      draining = true
      fair.close()
      await claims
      const empty = () => new Promise<void>((resolve) => (running.size === 0 ? resolve() : idle.add(resolve)))
      let timer: NodeJS.Timeout | undefined
      const bound = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, boundMs)
      })
      await Promise.race([empty(), bound])
      clearTimeout(timer)
      const left = [...running.values()]
      for (const { abort } of left) abort.abort(closing())
      await Promise.race([empty(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
      await giveBack(left.map(({ held }) => held))
      await keeper.close()
    },
  }
}

function leaseLost(): LoomError {
  return new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
}

function closing(): LoomError {
  return new LoomError({ kind: 'cancelled', message: 'Loom is closing; the job goes on when it is back.' })
}
