import { endedStates } from '../../core/job-states.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { endJob } from '../jobs/end.ts'
import { lockJobs } from '../jobs/lock.ts'

const words = 'Stopped, because Loom was removed from the workspace. The files that were finished are kept.'

/**
 * The platform took back what it gave: tokens are forgotten, live jobs of the installation are stopped, what was still
 * to be shown there is withdrawn, what was watched there is left, and every link to a file of its jobs that was made
 * until now is closed, also when it comes back; its recurring briefs are passed over until then. Idempotent. Answers how
 * many jobs were stopped.
 */
export async function revokeInstallation(
  store: Store,
  context: TenantContext,
  input: { installationId: string },
): Promise<{ stopped: number }> {
  const { installationId: id } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const revoked = await tx.sql`
      update loom.installations set tokens_sealed = null, revoked_at = now()
      where id = ${id} and revoked_at is null returning id`
    if (revoked.length > 0) {
      const subject = { subjectKind: 'installation', subjectId: id }
      await audit(deps, context, { action: 'installation.revoke', ...subject })
    }
    const jobIds = await liveJobs(tx, id)
    await lockJobs(tx, jobIds)
    let stopped = 0
    for (const jobId of jobIds) {
      if (await endJob(deps, context, { jobId, state: 'cancelled', answer: words })) stopped += 1
    }
    await leaveWatched(tx, id)
    await withdrawDeliveries(tx, tenantId, id)
    if (revoked.length > 0) await closeLinks(tx, { installationId: id, nowMs: store.now() })
    return { stopped }
  })
}

async function liveJobs({ sql }: Tx, installationId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select j.id from loom.threads t join loom.job_threads jt on jt.thread_id = t.id and jt.part = 'origin'
    join loom.jobs j on j.id = jt.job_id
    where t.installation_id = ${installationId} and j.state <> all(${endedStates as unknown as string[]}::text[])
    order by j.id`
  return rows.map((row) => row.id)
}

/** Jobs of elsewhere that were watched there go on without: nothing of them is sent there, and links to their files close. */
async function leaveWatched({ sql }: Tx, installationId: string): Promise<void> {
  await sql`
    delete from loom.job_threads jt using loom.threads t
    where t.id = jt.thread_id and t.installation_id = ${installationId} and jt.part = 'watcher'`
}

async function withdrawDeliveries({ sql }: Tx, tenantId: string, installationId: string): Promise<void> {
  await sql`
    with withdrawn as (
      update loom.deliveries d set state = 'withdrawn' from loom.threads t
      where t.id = d.thread_id and t.installation_id = ${installationId} and d.state = 'pending' returning d.id
    )
    delete from loom.due_deliveries u using withdrawn w where u.delivery_id = w.id and u.tenant_id = ${tenantId}`
}

/** Whoever has a link that was posted there has left with the workspace. */
async function closeLinks({ sql }: Tx, input: { installationId: string; nowMs: number }): Promise<void> {
  await sql`
    update loom.artifacts a set links_revoked_at = ${new Date(input.nowMs).toISOString()}::timestamptz
    from loom.threads t join loom.job_threads jt on jt.thread_id = t.id and jt.part = 'origin'
    where t.installation_id = ${input.installationId} and a.job_id = jt.job_id`
}
