import { inTenant, type Store, type TenantContext } from '../database.ts'

const leastLength = 8

/** The ids of the tenant's jobs that go by an id or by the end of one, the newest first; none for less than eight letters. */
export async function jobsCalled(
  store: Store,
  context: TenantContext,
  input: { name: string },
): Promise<string[]> {
  const name = input.name.trim().toLowerCase()
  if (name.length < leastLength) return []
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string }[]>`
      select id from loom.jobs where right(id::text, ${name.length}) = ${name} order by created_at desc, id desc limit 5`,
  )
  return rows.map(({ id }) => id)
}
