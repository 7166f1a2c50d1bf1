import type { Tx } from '../database.ts'

export interface Forgotten {
  identityId: string
  /** What was written until then, by when it was kept. */
  untilMs: number
}

/**
 * The rule of what cites a person, as the beginning of a statement that may read from `citing (brief_id)`. A brief cites
 * whom its words come from, so all that was made of it may hold them: its transcripts, results, files and answer. It does
 *
 * - when they asked for it, or its prompt is a message of theirs (a recurring brief's too);
 * - when a message of theirs stands in its context, steered it, or was read by a step of it;
 * - when a message of theirs answered a question of its agents;
 * - when it took words of theirs that are gone by now (`job_people`);
 * - when it goes on from a brief that does, since it copies that one's files and answer,
 * - or when it cites the answer of one that does.
 *
 * Briefs of others that took nothing of theirs do not, though they stand in the same thread. A star holds nothing here:
 * it keeps a file from its date, not from the person whose words it was made of.
 */
export function citing({ sql }: Pick<Tx, 'sql'>, { identityId, untilMs }: Forgotten) {
  return sql`
    with recursive theirs as materialized (
      select id from loom.messages
      where identity_id = ${identityId} and created_at <= ${momentOf(untilMs)}::timestamptz
    ), citing (brief_id) as (
      (
        select id from loom.briefs
        where asked_by = ${identityId} and created_at <= ${momentOf(untilMs)}::timestamptz
        union select b.id from loom.briefs b join theirs m on m.id = b.prompt_message_id
        union select c.brief_id from loom.brief_messages c join theirs m on m.id = c.message_id
        union select j.brief_id from loom.questions q join theirs m on m.id = q.answer_message_id
              join loom.jobs j on j.id = q.job_id
        union select j.brief_id from loom.step_messages r join theirs m on m.id = r.message_id
              join loom.steps s on s.id = r.step_id join loom.jobs j on j.id = s.job_id
        union select j.brief_id from loom.job_people p join loom.jobs j on j.id = p.job_id
              where p.identity_id = ${identityId} and p.created_at <= ${momentOf(untilMs)}::timestamptz
      )
      union
      select next.brief_id from citing c join loom.jobs j on j.brief_id = c.brief_id
      cross join lateral (
        select f.brief_id from loom.jobs f where f.follows_job_id = j.id
        union all
        select a.brief_id from loom.brief_messages a where a.message_id = j.answer_message_id
      ) next
    )`
}

export function momentOf(ms: number): string {
  return new Date(ms).toISOString()
}
