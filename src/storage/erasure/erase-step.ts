import { acrossTenants, inTenant, type Sql, type Store, type TenantContext, type Tx } from '../database.ts'
import { objectKeys } from '../objects/keys.ts'
import { crossingTables } from '../schema/index.ts'
import type { Progress, StepInput } from './forget-step.ts'
import { parentsFirst } from './table-order.ts'
import { addCounts } from './tombstones.ts'

/** What stays of an account: that it went, when, and how much. */
const staying = ['tombstones', 'tenants']

/**
 * One bounded turn of erasing an account whose keys are destroyed, as the role `loom_purge`: objects, then rows table by
 * table, what points at others first, the account's own row last. The order is read from the catalog, so that a new table
 * is erased without being named here. May break off anywhere and be repeated. Waits until `settleMs` after the tombstone,
 * when whatever had begun before it has ended.
 */
export async function eraseStep(store: Store, context: TenantContext, input: StepInput): Promise<Progress> {
  const { tombstone } = input
  const { tenantId } = context
  const tombstonedAtMs = tombstone.tombstonedAtMs ?? store.now()
  if (store.now() < tombstonedAtMs + input.settleMs) return 'waits'
  await eraseObjects(store, context, tombstone.tombstoneId)
  const tables = (await inTenant(store, tenantId, parentsFirst))
    .filter((name) => !staying.includes(name))
    .toReversed()
  for (const table of tables) {
    const gone = await eraseSome(store, context, { ...input, table })
    if (gone >= input.batch) return 'more'
  }
  await inTenant(store, tenantId, ({ sql }) => sql`delete from loom.tenants where tenant_id = ${tenantId}`)
  return 'done'
}

async function eraseObjects(store: Store, context: TenantContext, tombstoneId: string): Promise<void> {
  const { tenantId } = context
  const objects = await store.objects.deletePrefix(objectKeys.tenant(tenantId))
  if (objects === 0) return
  await inTenant(store, tenantId, (tx) => addCounts(tx, { tombstoneId, counts: { objects } }))
}

async function eraseSome(
  store: Store,
  { tenantId }: TenantContext,
  { batch, table, tombstone }: StepInput & { table: string },
): Promise<number> {
  const { tombstoneId } = tombstone
  if ((crossingTables as readonly string[]).includes(table)) {
    return acrossTenants(store, async ({ sql }) => {
      const own = table === 'timers' ? sql`and kind <> 'erasure'` : sql``
      const gone = await sql`
        delete from ${inLoom(sql, table)} where ctid = any(array(
          select ctid from ${inLoom(sql, table)} where tenant_id = ${tenantId} ${own} limit ${batch}))`
      return gone.count
    })
  }
  return inTenant(store, tenantId, async (tx) => {
    const gone = await tx.sql`
      delete from ${inLoom(tx.sql, table)} where ctid = any(array(
        select ctid from ${inLoom(tx.sql, table)} where tenant_id = ${tenantId} limit ${batch}))`
    await addCounts(tx, { tombstoneId, counts: { rows: gone.count } })
    return gone.count
  })
}

function inLoom(sql: Pick<Sql, 'unsafe'> | Tx['sql'], table: string) {
  return (sql as Sql)(`loom.${table}`)
}
