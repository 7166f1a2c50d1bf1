import type { Tx } from '../database.ts'

/** For a statement: the ids of all identities of the person behind one, that one among them. */
export function identitiesOf({ sql }: Pick<Tx, 'sql'>, identity: string | ReturnType<Tx['sql']>) {
  return sql`(
    select o.id from loom.identities i
    left join loom.members m on m.tenant_id = i.tenant_id and m.id = i.member_id and m.removed_at is null
    join loom.identities o on o.tenant_id = i.tenant_id and (o.id = i.id or o.member_id = m.id)
    where i.id = ${identity})`
}
