import type { Tx } from '../database.ts'

/**
 * What was said to agents that end without having read it is from now on said to all: somebody shall read it. Never
 * taken back, so that what an agent was told only grows.
 */
export async function passOn({ sql }: Pick<Tx, 'sql'>, input: { taskIds: readonly string[] }): Promise<void> {
  await sql`
    update loom.brief_messages b set to_task_id = null
    from loom.tasks t join loom.jobs j on j.id = t.job_id
    where t.id = any(${input.taskIds as string[]}::uuid[]) and b.brief_id = j.brief_id and b.to_task_id = t.id
      and not exists (
        select 1 from loom.steps s join loom.step_messages h on h.step_id = s.id
        where s.task_id = t.id and s.ordinal >= t.first_step and h.message_id = b.message_id)`
}
