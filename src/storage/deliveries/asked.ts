import type { Tx } from '../database.ts'

/** What a job waits to be told or allowed: the questions and approvals of it that are open. */
export async function openAsked(
  { sql }: Pick<Tx, 'sql'>,
  input: { jobId: string },
): Promise<{ kind: 'question' | 'approval'; id: string }[]> {
  return sql<{ kind: 'question' | 'approval'; id: string }[]>`
    with asking as (
      select s.tenant_id, s.id from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
      where t.job_id = ${input.jobId} and s.state = 'replied'
    )
    select 'question' as kind, q.id from asking s
    join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id where q.state = 'open'
    union all
    select 'approval', a.id from asking s
    join loom.approvals a on a.tenant_id = s.tenant_id and a.step_id = s.id where a.state = 'open'`
}
