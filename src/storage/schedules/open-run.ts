import type { Sealer } from '../../core/ports.ts'
import { keepMessage } from '../briefs/keep-message.ts'
import { openJob } from '../briefs/open-job.ts'
import type { Store, TenantContext, Tx } from '../database.ts'
import { inbox } from '../schema/index.ts'

export interface Run {
  scheduleId: string
  /** The moment for which it is run, in milliseconds: with the schedule it names the run. */
  dueAtMs: number
  threadId: string
  address: string
  askedBy: string | null
  prompt: string
  capMicroUsd: number
}

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Opens the brief and the job of one run as a mention would: inbox key, message, first tasks, budgets, card. The thread
 * has no running job. Idempotent by schedule and due moment: a second one answers `undefined`.
 */
export async function openRun(deps: Deps, context: TenantContext, run: Run): Promise<string | undefined> {
  const { sealer, store, tx } = deps
  const { tenantId } = context
  const key = `schedule:${run.scheduleId}:${run.dueAtMs}`
  const jobId = store.newId()
  const kept = await tx.db
    .insert(inbox)
    .values({ tenantId, keyHash: sealer.hash('inbox', key), kind: 'schedule', jobId })
    .onConflictDoNothing()
    .returning({ keyHash: inbox.keyHash })
  if (kept.length === 0) return undefined
  const messageId = await keepMessage(deps, {
    tenantId,
    threadId: run.threadId,
    identityId: run.askedBy ?? undefined,
    text: run.prompt,
    saidAtMs: store.now(),
    key,
  })
  const { address, askedBy, capMicroUsd, prompt, scheduleId, threadId } = run
  await openJob(deps, context, {
    jobId,
    threadId,
    messageId,
    address,
    askedBy,
    text: prompt,
    files: [],
    capMicroUsd,
    scheduleId,
  })
  return jobId
}
