import type { ModelPort } from '../core/model.ts'
import { suspendJob } from '../storage/jobs/suspend.ts'
import { startTaskRunner, type TaskRun, type TaskRunner } from '../storage/leases/runner.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import { runAgent } from '../swarm/agent.ts'
import { createCommitter } from '../swarm/committer.ts'
import { workspaceTools } from '../swarm/tools/index.ts'
import { createWorkspace } from '../swarm/workspace/workspace.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'

export type WorkerRole = Role & Pick<TaskRunner, 'abortJob'>

/** The swarm of one process: up to `slots` agents at once. */
export async function startWorker(
  parts: Parts,
  input: { model: ModelPort; slots: number },
): Promise<WorkerRole> {
  const store = parts.openStore('loom_worker')
  const tools = workspaceTools()
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

  runner = await startTaskRunner({
    store,
    databaseUrl: parts.urls.worker,
    role: 'loom_worker',
    lane: 'worker',
    slots: input.slots,
    leaseMs: timings.leaseMs,
    log: parts.log,
    ring: parts.bell.ring,
    run: (run) =>
      runAgent(
        {
          model: input.model,
          tools,
          openWorkspace,
          commit,
          suspend,
          now: store.now,
          newId: store.newId,
          log: parts.log,
        },
        run,
      ),
  })
  const { abortJob, close, wake } = runner
  await parts.answer('worker', wake)
  return { abortJob, close }
}
