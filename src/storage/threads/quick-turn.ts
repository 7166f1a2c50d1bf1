import { endedStates } from '../../core/job-states.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { atOnceInTenant, type Store, type TenantContext, type Tx } from '../database.ts'

/** How long after its job was opened what the same person says beside it still belongs to it. */
const turnMs = 60_000

/**
 * The thread of a job that a person opened in the same conversation less than a minute ago and that still runs; the
 * newest of them. Looks at the tenant's running jobs alone. Inside the transaction that then takes the message, which
 * waits for others of the conversation: of two that come at once the second finds the job of the first.
 */
export async function quickTurn(
  { sql }: Pick<Tx, 'sql'>,
  context: TenantContext,
  input: { thread: ThreadId; identityId: string; nowMs: number },
): Promise<ThreadId | undefined> {
  const { identityId, nowMs, thread } = input
  const { channel, platform } = parseThreadId(thread)
  const since = new Date(nowMs - turnMs).toISOString()
  const conversation = `${context.tenantId}:${platform}:${channel}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${conversation}, 0))`
  const [row] = await sql<{ address: string }[]>`
    select t.address from loom.job_threads jt
    join loom.threads t on t.id = jt.thread_id join loom.jobs j on j.id = jt.job_id
    join loom.briefs b on b.id = j.brief_id
    where jt.live and jt.part = 'origin' and t.platform = ${platform} and split_part(t.address, ':', 2) = ${channel}
      and b.asked_by = ${identityId} and b.schedule_id is null and j.created_at > ${since}::timestamptz
      and j.state <> all(${endedStates as unknown as string[]}::text[])
    order by j.created_at desc, j.id desc limit 1`
  return row && (row.address as ThreadId)
}

/** The thread into which a message was taken, by its key: another than its own where it joined a quick turn. */
export async function threadTakenTo(
  store: Store,
  context: TenantContext,
  input: { key: string },
): Promise<ThreadId | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const [[row]] = await atOnceInTenant<[{ address: string }[]]>(store, context.tenantId, ({ sql }) => [
    sql<{ address: string }[]>`
      select t.address from loom.inbox i join loom.job_threads jt on jt.job_id = i.job_id and jt.part = 'origin'
      join loom.threads t on t.id = jt.thread_id where i.key_hash = ${sealer.hash('inbox', input.key)}`,
  ])
  return row && (row.address as ThreadId)
}
