import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import { estimatePlan } from '../core/estimate.ts'
import { keepFor } from '../core/keep-for.ts'
import type { People } from '../core/people.ts'
import type { Plan } from '../core/plan.ts'
import { freeOfCharge, type Price } from '../core/prices.ts'
import { type Tier, tiers } from '../core/words.ts'
import type { Tool, Workspace } from '../core/workspace.ts'
import { askApproval } from '../storage/approvals/ask.ts'
import { loadSaid } from '../storage/briefs/said.ts'
import { suspendJob } from '../storage/jobs/suspend.ts'
import { startTaskRunner, type TaskRun, type TaskRunner } from '../storage/leases/runner.ts'
import { drawLimits } from '../storage/limits/draw.ts'
import { learnLimits } from '../storage/limits/learn.ts'
import { loadTenantModels, type TenantModels } from '../storage/models/load.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import { askQuestion } from '../storage/questions/ask.ts'
import { noteDelay } from '../storage/tasks/note-delay.ts'
import { createCommitter } from '../swarm/committer.ts'
import { createHealth } from '../swarm/models/health.ts'
import { createLimits } from '../swarm/models/limits.ts'
import type { ModelRouter } from '../swarm/models/router.ts'
import { runObserved } from '../swarm/observe.ts'
import { askUserTool, workspaceTools } from '../swarm/tools/index.ts'
import { createWorkspace } from '../swarm/workspace/workspace.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'

export type WorkerRole = Role & Pick<TaskRunner, 'abortJob'>

/** How soon a worker notices that an account chose other models or changed a key. */
const modelsKeptMs = 10_000

/** The swarm of one process: up to `slots` agents at once. `tools` are those beside Loom's own. */
export async function startWorker(
  parts: Parts,
  input: { models: ModelRouter; slots: number; beatMs?: number; tools?: readonly Tool[] },
): Promise<WorkerRole> {
  const store = parts.openStore('loom_worker')
  const tools = [...workspaceTools(), askUserTool(), ...(input.tools ?? [])]
  const health = createHealth({ now: store.now, random: Math.random })
  const limits = createLimits({
    draw: (ask) => drawLimits(store, ask),
    learn: (facts) => learnLimits(store, facts),
    key: await store.vault.derive('provider-limits'),
    now: store.now,
    random: Math.random,
    log: parts.log,
  })
  const tidying = setInterval(() => void limits.tidy(), 1_000).unref()
  const userKey = await store.vault.derive('provider-user-id')
  const tenantModels = keepFor<TenantModels>(modelsKeptMs)
  let runner: TaskRunner | undefined
  const commit = createCommitter({ store, log: parts.log, maxGroup: 64, onFreed: () => parts.ring('worker') })

  const openWorkspace = ({ held, task }: TaskRun) => {
    const [inputs = [], ...later] = task.layers
    return createWorkspace(
      { objects: parts.objects, prefix: objectKeys.job(held) },
      { inputs, dependencies: later.slice(0, -1), own: later.at(-1) ?? [], taskKey: task.spec.key },
    )
  }

  const suspend = async ({ held }: TaskRun): Promise<void> => {
    const context = { tenantId: held.tenantId, actor: { kind: 'system' } } as const
    await suspendJob(store, context, { jobId: held.jobId, reason: 'cap' })
    runner?.abortJob(held.jobId)
  }

  const listen = ({ held }: TaskRun) => {
    const context = { tenantId: held.tenantId, actor: { kind: 'system' } } as const
    return loadSaid(store, context, held)
  }

  const people = ({ held, holder }: TaskRun, at: { stepId: string; callId: string }): People => {
    const context = { tenantId: held.tenantId, actor: { kind: 'system' } } as const
    const call = { ...at, task: held, holder }
    return {
      ask: (question) => askQuestion(store, context, { ...call, question }),
      approve: (request) => askApproval(store, context, { ...call, request }),
    }
  }

  const choicesFor = async (tenantId: string, tier: Tier) => {
    const context = { tenantId, actor: { kind: 'system' } } as const
    const chosen = await tenantModels(tenantId, () => loadTenantModels(store, context))
    return input.models.choices({ tenantId, models: chosen, tier })
  }

  const models = async ({ held, task }: TaskRun, tier = task.tier) => {
    const { tenantId } = held
    const choices = await choicesFor(tenantId, tier)
    const userId = createHmac('sha256', userKey).update(tenantId).digest('hex').slice(0, 32)
    return { choices, userId }
  }

  /** By the model that each tier's steps go to first. A plan is taken without an estimate rather than not at all. */
  const estimate = async ({ held, task }: TaskRun, plan: Plan, workspace: Workspace) => {
    try {
      const firsts = tiers.map(async (tier): Promise<[Tier, Price | undefined]> => {
        const [first] = await choicesFor(held.tenantId, tier)
        return [tier, first?.price]
      })
      const prices = new Map(await Promise.all(firsts))
      const priceOf = (tier: Tier) => prices.get(tier) ?? freeOfCharge
      const threadBytes = Buffer.byteLength(JSON.stringify(task.thread))
      return estimatePlan({ plan, files: workspace.list(), threadBytes, priceOf })
    } catch (thrown) {
      parts.log.warn({ jobId: held.jobId, detail: toLoomError(thrown).detail }, 'no estimate of a plan')
      return undefined
    }
  }

  /** Said once as long as it stays the same. */
  const told = new WeakMap<TaskRun, string>()
  const tellDelay = (run: TaskRun, message: string): void => {
    if (told.get(run) === message) return
    told.set(run, message)
    const context = { tenantId: run.held.tenantId, actor: { kind: 'system' } } as const
    noteDelay(store, context, { task: run.held, holder: run.holder, message }).catch((thrown) => {
      told.delete(run)
      parts.log.warn({ detail: toLoomError(thrown).detail }, 'a delay could not be noted')
    })
  }

  runner = await startTaskRunner({
    store,
    databaseUrl: parts.urls.worker,
    role: 'loom_worker',
    lane: 'worker',
    slots: input.slots,
    leaseMs: timings.leaseMs,
    beatMs: input.beatMs,
    log: parts.log,
    ring: parts.bell.ring,
    run: (run) =>
      runObserved(
        {
          telemetry: parts.telemetry,
          models,
          health,
          estimatePlan: estimate,
          limits,
          tools,
          openWorkspace,
          commit,
          suspend,
          people,
          listen,
          noteDelay: tellDelay,
          pause: (ms, signal) => sleep(ms, undefined, { signal }),
          now: store.now,
          random: Math.random,
          newId: store.newId,
          log: parts.log,
        },
        run,
      ),
  })
  const { abortJob, close, wake } = runner
  await parts.answer('worker', wake)
  return {
    abortJob,
    async close(bound) {
      await close(bound)
      clearInterval(tidying)
      await limits.close()
    },
  }
}
