import { LoomError } from '../../core/errors.ts'
import { endedStates } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { InstallationKind, Platform } from '../../core/words.ts'
import { acrossTenants, inSnapshot, inTenant, type Sql, type Store, type Tx } from '../database.ts'
import { threadHash } from '../deliveries/open.ts'

/**
 * Makes the tables across tenants again from the rows that a dump brought: who is found by which workspace, what is ready,
 * due and timed. `all` sees all rows (`loom_dump`). An account without keys is left to the ledger, which knows that it
 * went. Idempotent. Answers of how many accounts.
 */
export async function rebuildCrossing(store: Store, all: { sql: Sql }): Promise<number> {
  const { tenants, tombstones } = await inSnapshot(all, async ({ sql }) => ({
    tenants: await sql<{ id: string }[]>`
      select tenant_id as id from loom.tenants where state <> 'tombstoned' order by 1`,
    tombstones: await sql<{ tenant_id: string; id: string; due: string }[]>`
      select tenant_id, id, coalesce(due_at, requested_at)::text as due from loom.tombstones
      where purged_at is null and undone_at is null`,
  }))
  let rebuilt = 0
  for (const { id } of tenants) if (await rebuildTenant(store, id)) rebuilt += 1
  await acrossTenants(store, async ({ sql }) => {
    for (const { due, id, tenant_id } of tombstones) {
      await sql`
        insert into loom.timers (tenant_id, kind, subject_id, due_at)
        values (${tenant_id}, 'erasure', ${id}, ${due}::timestamptz) on conflict do nothing`
    }
  })
  return rebuilt
}

async function rebuildTenant(store: Store, tenantId: string): Promise<boolean> {
  const sealer = await store.vault.sealer(tenantId, 'content').catch((thrown: unknown) => {
    if (thrown instanceof LoomError && thrown.kind === 'not_found') return undefined
    throw thrown
  })
  if (!sealer) return false
  await inTenant(store, tenantId, async (tx) => {
    await rebuildDirectory(store, tx, { tenantId, sealer })
    await rebuildDue(tx, { tenantId, sealer })
    await rebuildReady(tx, tenantId)
    await rebuildTimers(tx, tenantId)
  })
  return true
}

async function rebuildDirectory(
  store: Store,
  { sql }: Tx,
  { sealer, tenantId }: { tenantId: string; sealer: Sealer },
): Promise<void> {
  const rows = await sql<{ id: string; platform: Platform; kind: InstallationKind; external: Uint8Array }[]>`
    select id, platform, kind, external_sealed as external from loom.installations`
  for (const { external, id, kind, platform } of rows) {
    const outsideId = sealer.openText(`installations.external:${id}`, external)
    const hash = await store.vault.directoryHash(`${platform}:${kind}`, outsideId)
    await sql`
      insert into loom.directory (kind, hash, tenant_id) values (${`installation:${platform}`}, ${hash}, ${tenantId})
      on conflict do nothing`
  }
}

async function rebuildDue(
  { sql }: Tx,
  { sealer, tenantId }: { tenantId: string; sealer: Sealer },
): Promise<void> {
  const rows = await sql<{ id: string; job_id: string | null; address: string }[]>`
    select d.id, d.job_id, t.address from loom.deliveries d join loom.threads t on t.id = d.thread_id
    where d.state = 'pending'`
  for (const { address, id, job_id } of rows) {
    await sql`
      insert into loom.due_deliveries (delivery_id, tenant_id, job_id, platform, thread_hash, due_at)
      values (${id}, ${tenantId}, ${job_id}, ${parseThreadId(address).platform}, ${threadHash(sealer, address)}, now())
      on conflict do nothing`
  }
}

/** Whoever held a task is gone with the database that it came from. */
async function rebuildReady({ sql }: Tx, tenantId: string): Promise<void> {
  await sql`
    insert into loom.ready_tasks (task_id, tenant_id, job_id, lane)
    select t.id, ${tenantId}, t.job_id, t.lane from loom.tasks t join loom.jobs j on j.id = t.job_id
    where t.state in ('ready', 'running') and j.state <> all(${endedStates as unknown as string[]}::text[])
      and j.state <> 'suspended' on conflict do nothing`
}

async function rebuildTimers({ sql }: Tx, tenantId: string): Promise<void> {
  await sql`
    insert into loom.timers (tenant_id, kind, subject_id, due_at)
    select ${tenantId}::uuid, 'schedule', id, next_at from loom.schedules where not paused and next_at is not null
    union all
    select ${tenantId}::uuid, 'approval', id, expires_at from loom.approvals where state = 'open'
    union all
    select ${tenantId}::uuid, 'notice', id, now() from loom.notices where state = 'open'
    on conflict do nothing`
}
