import { plural } from '../../core/format.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { endJob } from './end.ts'
import { lockJobs } from './lock.ts'

/**
 * Ends a job with what its agents have handed over so far, without another model call: for one that rests at its cap,
 * or whose rest is not worth waiting for. Answers `false` when it had ended or no agent has handed over anything yet.
 */
export async function finishJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    await lockJobs(tx, [input.jobId])
    const tasks = await loadWork({ tx, sealer }, input.jobId)
    if (!tasks.some(({ result }) => result !== undefined)) return false
    const answer = answerOf(tasks)
    return endJob({ store, tx, sealer }, context, { jobId: input.jobId, state: 'done', answer })
  })
}

interface Work {
  title: string
  /** What the agent handed over, once it is done. */
  result: string | undefined
}

async function loadWork({ tx, sealer }: { tx: Tx; sealer: Sealer }, jobId: string): Promise<Work[]> {
  const rows = await tx.sql<
    { id: string; state: string; title_sealed: Uint8Array; result_sealed: Uint8Array | null }[]
  >`
    select id, state, title_sealed, result_sealed from loom.tasks
    where job_id = ${jobId} and kind = 'work' order by position`
  return rows.map(({ id, result_sealed: result, state, title_sealed: title }) => ({
    title: sealer.openText(`tasks.title:${id}`, title),
    result: state === 'done' && result !== null ? sealer.openText(`tasks.result:${id}`, result) : undefined,
  }))
}

function answerOf(tasks: readonly Work[]): string {
  const done = tasks.filter(({ result }) => result !== undefined)
  const left = tasks.filter(({ result }) => result === undefined).map(({ title }) => title)
  return [
    `Finished at your word with what was there: ${done.length} of ${plural(tasks.length, 'agent')} had ended.`,
    ...done.map(({ result, title }) => `**${title}**\n\n${result}`),
    ...(left.length > 0 ? [`Not done: ${left.join(', ')}.`] : []),
  ].join('\n\n')
}
