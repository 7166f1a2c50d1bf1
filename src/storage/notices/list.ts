import { inTenant, onceAcrossTenants, type Store, type TenantContext } from '../database.ts'

/** The accounts there are, in order of their ids, behind `after`. Ids only. */
export async function accountsAfter(
  store: Store,
  input: { after: string | undefined; limit: number },
): Promise<string[]> {
  const { after = '00000000-0000-0000-0000-000000000000', limit } = input
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql<{ tenant_id: string }[]>`
      select distinct tenant_id from loom.directory where tenant_id > ${after} order by tenant_id limit ${limit}`,
  )
  return rows.map((row) => row.tenant_id)
}

/** Puts everybody of one account who is to be told of a version on the list, once each. Answers how many came onto it. */
export async function listHolders(
  store: Store,
  context: TenantContext,
  { version }: { version: number },
): Promise<number> {
  const { tenantId } = context
  const now = new Date(store.now()).toISOString()
  return inTenant(store, tenantId, async ({ sql }) => {
    const members = await sql<{ id: string }[]>`
      select id from loom.members m where removed_at is null
        and not exists (select 1 from loom.notices n where n.version = ${version} and n.member_id = m.id)`
    if (members.length === 0) return 0
    const rows = members.map(({ id }) => ({ id: store.newId(), member: id }))
    const listed = await sql<{ id: string }[]>`
      insert into loom.notices (tenant_id, id, version, member_id)
      select ${tenantId}, r.id, ${version}, r.member
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (id uuid, member uuid)
      on conflict do nothing returning id`
    await sql`
      insert into loom.timers (tenant_id, kind, subject_id, due_at)
      select ${tenantId}, 'notice', id, ${now}::timestamptz
      from unnest(${listed.map(({ id }) => id)}::uuid[]) as id on conflict do nothing`
    return listed.length
  })
}
