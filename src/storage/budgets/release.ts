import type { Tx } from '../database.ts'

/** What tasks of a job still held, all of them or those named, goes back to the counters it came from. */
export async function releaseReservations(
  { tx }: { tx: Tx },
  input: { jobId: string; taskIds?: readonly string[] },
): Promise<void> {
  const { jobId } = input
  const taskIds = (input.taskIds ?? null) as string[] | null
  await tx.sql`
    with held as (
      select coalesce(sum(reserved_micro_usd), 0)::bigint as amount from loom.tasks
      where job_id = ${jobId} and (${taskIds}::uuid[] is null or id = any(${taskIds}::uuid[]))
    ), origin as (
      select to_char(j.created_at at time zone 'utc', 'YYYY-MM-DD') as day,
             split_part(t.address, ':', 1) || ':' || split_part(t.address, ':', 2) as channel
      from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.threads t on t.id = b.thread_id
      where j.id = ${jobId}
    )
    update loom.budgets b set reserved_micro_usd = b.reserved_micro_usd - h.amount
    from held h, origin o
    where h.amount > 0 and (
      (b.scope = 'job' and b.key = ${jobId})
      or (b.scope = 'channel_day' and b.key = o.channel || ':' || o.day)
      or (b.scope = 'tenant_month' and b.key = left(o.day, 7)))`
  await tx.sql`
    update loom.tasks set reserved_micro_usd = 0
    where job_id = ${jobId} and reserved_micro_usd <> 0
      and (${taskIds}::uuid[] is null or id = any(${taskIds}::uuid[]))`
}
