import { endedStates } from '../../core/job-states.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { stopJob } from './stop.ts'

/** In days. */
export interface JobPeriods {
  /** How long a job may wait for people or money. */
  suspended: number
  /** How long it may take in all. */
  life: number
  /** How long its rows and its prompt are kept: it ends a day before any of them does. */
  kept: number
}

/**
 * Ends the jobs of an account that waited or took too long, so that no job is at work when the first of its rows goes.
 * What they finished is kept. Answers the jobs that this call ended. Idempotent.
 */
export async function endOverdueJobs(
  store: Store,
  context: TenantContext,
  periods: JobPeriods,
): Promise<string[]> {
  const ended = endedStates as unknown as string[]
  const overdue = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string; waited: boolean }[]>`
      select j.id, j.state = 'suspended' as waited from loom.jobs j
      left join loom.briefs b on b.id = j.brief_id left join loom.messages m on m.id = b.prompt_message_id
      where j.state <> all(${ended}::text[]) and (
        j.created_at <= loom.clock() - ${periods.life * 24} * interval '1 hour'
        -- Its prompt is hidden already, where no night's work was done for long.
        or m.id is null
        or m.created_at <= loom.clock() - ${(periods.kept - 1) * 24} * interval '1 hour'
        or (j.state = 'suspended' and loom.clock() - ${periods.suspended * 24} * interval '1 hour' >= (
              select max(e.created_at) from loom.events e where e.job_id = j.id and e.kind = 'suspended')))`,
  )
  const jobIds: string[] = []
  for (const { id, waited } of overdue) {
    const answer = waited ? waitedTooLong(periods.suspended) : tookTooLong
    const end = { jobId: id, state: 'cancelled', answer } as const
    if (await stopJob(store, context, end)) jobIds.push(id)
  }
  return jobIds
}

const waitedTooLong = (days: number) =>
  `This waited ${days} days for somebody to go on with it, so it was ended. What was finished is kept as long as everything else.`
const tookTooLong =
  'This took longer than a job may take, so it was ended. What was finished is kept as long as everything else.'
