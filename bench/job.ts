import { randomBytes, randomUUID } from 'node:crypto'
import type { Plan } from '../src/core/plan.ts'
import type { Parts } from '../src/roles/parts.ts'
import { acceptMention } from '../src/storage/briefs/accept.ts'
import { inTenant } from '../src/storage/database.ts'
import { commitSteps } from '../src/storage/steps/commit.ts'
import { loadTasks } from '../src/storage/tasks/load.ts'
import { startTasks } from '../src/storage/tasks/start.ts'
import { openAccount } from '../src/storage/tenants/create.ts'

/** Opens jobs whose planner is this file: it hands in a plan of as many tasks as asked. */
export async function createFanOut(parts: Parts) {
  const store = parts.openStore('loom_app')
  const { identityId, installationId, tenantId } = await openAccount(store, {
    platform: 'local',
    kind: 'local',
    externalId: randomBytes(8).toString('hex'),
    installer: { externalId: 'owner', name: 'Owner' },
  })
  const context = { tenantId, actor: { kind: 'person', identityId } } as const

  const accept = async (): Promise<string> => {
    const accepted = await acceptMention(store, context, {
      installationId,
      identityId,
      mention: {
        thread: `local:bench:${randomBytes(4).toString('hex')}`,
        key: randomBytes(8).toString('hex'),
        author: { externalId: 'owner', name: 'Owner' },
        text: 'Look at every part and say what you find.',
        files: [],
        saidAtMs: Date.now(),
        capMicroUsd: 1_000_000_000,
      },
    })
    if (accepted.kind !== 'job') throw new Error('The mention opened no job.')
    await store.sql.begin(async (sql) => {
      await sql`select set_config('loom.tenant', ${tenantId}, true)`
      await sql`update loom.budgets set cap_micro_usd = 1000000000000`
    })
    return accepted.jobId
  }

  /** Takes the planner's task. `undefined` when the worker, which looks once a second, was quicker. */
  const holdPlanner = async (jobId: string) => {
    const holder = randomUUID()
    const [row] = await store.sql<{ task_id: string; fence: string }[]>`
      update loom.ready_tasks set holder = ${holder}, fence = fence + 1, lease_until = now() + interval '1 minute'
      where job_id = ${jobId} and holder is null returning task_id, fence`
    if (!row) return undefined
    const held = { taskId: row.task_id, tenantId, jobId, fence: Number(row.fence), lane: 'worker' } as const
    await startTasks(store, context, { tasks: [held] })
    const [task] = await loadTasks(store, context, { taskIds: [held.taskId] })
    return task ? { holder, held, task } : undefined
  }

  return {
    async prepare(agents: number) {
      let jobId = await accept()
      let planner = await holdPlanner(jobId)
      while (!planner) {
        jobId = await accept()
        planner = await holdPlanner(jobId)
      }
      const { held, holder, task } = planner
      return {
        jobId,
        async commitPlan() {
          await commitSteps(store, context, {
            holder,
            commits: [
              {
                task: held,
                budgetKeys: task.budgetKeys,
                answers: false,
                files: [],
                releaseMicroUsd: 0,
                wantMicroUsd: 0,
                leastMicroUsd: 0,
                outcome: { state: 'done', result: 'Parts', plan: planOf(agents) },
              },
            ],
          })
          parts.ring('worker')
        },
        /** Resolves when the answer is written. */
        async done() {
          for (;;) {
            const state = await inTenant(store, tenantId, async ({ sql }) => {
              const [row] = await sql<{ state: string }[]>`select state from loom.jobs where id = ${jobId}`
              return row?.state
            })
            if (state === 'done') return
            if (state === 'failed' || state === 'suspended') throw new Error(`The job is ${state}.`)
            await new Promise((resolve) => setTimeout(resolve, 20))
          }
        },
      }
    },
  }
}

function planOf(agents: number): Plan {
  const tasks = Array.from({ length: agents }, (_, index) => ({
    key: `part-${index}`,
    title: `Part ${index}`,
    objective: `Look at part ${index} and say in a sentence what you find there.`,
    output: 'One sentence.',
    files: [],
    needs: [],
    tier: 'quick' as const,
  }))
  return { title: 'Parts', tasks }
}
