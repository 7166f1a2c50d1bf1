import type { FileSource } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import { audit } from '../audit.ts'
import { budgetKeys } from '../budgets/keys.ts'
import { openBudgets } from '../budgets/open.ts'
import type { Store, TenantContext, Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { appendEvents } from '../events.ts'
import { notePeople } from '../jobs/note-people.ts'
import { briefMessages, briefs, jobs, jobThreads } from '../schema/index.ts'
import { addSystemTasks } from '../tasks/add-system.ts'
import { attach } from './attach.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/** A brief as it begins. `text` stands in the message; its first line is the job's title until there is a plan. */
export interface NewJob {
  jobId: string
  threadId: string
  address: string
  messageId: string
  askedBy: string | null
  text: string
  files: readonly FileSource[]
  /** Without it the account's own. */
  capMicroUsd?: number
  digest?: Buffer
  scheduleId?: string
  /** More stands in the thread, here or on its platform, than the message itself: it is gathered before the planning. */
  hasHistory?: boolean
  /** The job of the same thread that this one goes on from. */
  followsJobId?: string | undefined
}

/** Opens a brief with its job, first tasks, budgets and card, for a message that is kept in a thread without a running job. */
export async function openJob(deps: Deps, context: TenantContext, input: NewJob): Promise<void> {
  const { store, tx, sealer } = deps
  const { tenantId } = context
  const { address, digest, files, jobId, messageId, scheduleId, threadId } = input
  const [caps] = await tx.sql<{ job_cap: string; month_cap: string; day_cap: number | null }[]>`
    select job_cap_micro_usd as job_cap, month_cap_micro_usd as month_cap,
           (select (i.settings -> 'channelDayCapMicroUsd' ->> ${parseThreadId(address).channel}::text)::float8
            from loom.threads t join loom.installations i on i.id = t.installation_id
            where t.id = ${threadId}) as day_cap
    from loom.tenants`
  const capMicroUsd = input.capMicroUsd ?? Number(caps?.job_cap ?? 0)
  const briefId = store.newId()
  const createdAt = new Date(store.now())
  await tx.db.insert(briefs).values({
    tenantId,
    id: briefId,
    threadId,
    promptMessageId: messageId,
    askedBy: input.askedBy,
    capMicroUsd,
    ...(digest ? { digest } : {}),
    ...(scheduleId ? { scheduleId } : {}),
    createdAt,
  })
  await tx.db.insert(briefMessages).values({ tenantId, briefId, messageId, position: 0 })
  if (files.length > 0) await attach(deps, { tenantId, briefId, files })
  await tx.db.insert(jobs).values({
    tenantId,
    id: jobId,
    briefId,
    state: 'received',
    titleSealed: sealer.seal(`jobs.title:${jobId}`, provisionalTitle(input.text)),
    capMicroUsd,
    tainted: files.length > 0,
    followsJobId: input.followsJobId ?? null,
    createdAt,
  })
  await notePeople(tx, { tenantId, jobId })
  await tx.db.insert(jobThreads).values({ tenantId, jobId, threadId, part: 'origin' })
  await openBudgets(tx, {
    tenantId,
    keys: budgetKeys({ jobId, createdAtMs: createdAt.getTime(), address }),
    jobCapMicroUsd: capMicroUsd,
    monthCapMicroUsd: Number(caps?.month_cap ?? 0),
    channelDayCapMicroUsd: caps?.day_cap ?? undefined,
  })
  const { hasHistory = false } = input
  await addSystemTasks(deps, { tenantId, jobId, gather: files.length > 0 || hasHistory, hasHistory })
  await openDelivery(deps, { tenantId, jobId, threadId, address, kind: 'card' })
  await appendEvents(deps, {
    tenantId,
    events: [{ jobId, event: { kind: 'received', files: files.length } }],
  })
  await audit(deps, context, { action: 'job.create', subjectKind: 'job', subjectId: jobId })
}

function provisionalTitle(text: string): string {
  const line = text.trim().split(/\r?\n/, 1)[0]?.trim() ?? ''
  const characters = [...line]
  return characters.length > 72 ? `${characters.slice(0, 71).join('')}…` : line
}
