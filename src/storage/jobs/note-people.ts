import type { Tx } from '../database.ts'

/**
 * Notes whose words a job takes by now, those of the jobs that it goes on from and whose answers it reads included: in the
 * transaction that cites them, since citations go with what they cite. Idempotent.
 */
export async function notePeople(
  { sql }: Pick<Tx, 'sql'>,
  { jobId, tenantId }: { tenantId: string; jobId: string },
): Promise<void> {
  await sql`
    with own as (
      select j.brief_id, j.follows_job_id as follows, b.asked_by from loom.jobs j join loom.briefs b on b.id = j.brief_id
      where j.id = ${jobId}
    ), said as (
      select m.id, m.identity_id from own join loom.brief_messages c on c.brief_id = own.brief_id
      join loom.messages m on m.id = c.message_id
    )
    insert into loom.job_people (tenant_id, job_id, identity_id)
    select ${tenantId}, ${jobId}, p.identity_id from (
      select asked_by as identity_id from own
      union select identity_id from said
      union select t.identity_id from own join loom.job_people t on t.job_id = own.follows
      union select t.identity_id from said join loom.jobs a on a.answer_message_id = said.id
            join loom.job_people t on t.job_id = a.id
      union select m.identity_id from loom.questions q join loom.messages m on m.id = q.answer_message_id
            where q.job_id = ${jobId}
    ) p where p.identity_id is not null order by p.identity_id on conflict do nothing`
}
