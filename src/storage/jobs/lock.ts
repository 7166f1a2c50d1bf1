import type { Tx } from '../database.ts'

/**
 * Locks jobs until the transaction ends. Whoever changes a job's tasks, ready rows or events locks the job first, in
 * the order of ids: two that meet then wait for each other's commit, not for ever.
 */
export async function lockJobs({ sql }: Pick<Tx, 'sql'>, jobIds: readonly string[]): Promise<void> {
  const ids = [...new Set(jobIds)]
  await sql`select 1 from loom.jobs where id = any(${ids}::uuid[]) order by id for no key update`
}
