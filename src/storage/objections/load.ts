import type { Objections } from '../../core/objections.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { identitiesOf } from '../identities/same-person.ts'

interface Row {
  feedback: boolean | null
  memory: boolean | null
  account_feedback: boolean
  account_memory: boolean
}

/** What a person and their account object to. Whatever keeps feedback or remembers asks here first. */
export async function loadObjections(
  store: Store,
  context: TenantContext,
  input: { identityId: string },
): Promise<Objections> {
  return inTenant(store, context.tenantId, (tx) => objectionsIn(tx, input))
}

/** The same within a transaction; until its end nobody of them can begin to object. */
export async function objectionsIn(tx: Tx, { identityId }: { identityId: string }): Promise<Objections> {
  const [account] = await tx.sql<Pick<Row, 'account_feedback' | 'account_memory'>[]>`
    select settings #> '{objections,feedback}' is not null as account_feedback,
           settings #> '{objections,memory}' is not null as account_memory
    from loom.tenants for share`
  const people = await tx.sql<Pick<Row, 'feedback' | 'memory'>[]>`
    select feedback_off_at is not null as feedback, memory_off_at is not null as memory
    from loom.identities where id in ${identitiesOf(tx, identityId)} for share`
  return {
    feedback: {
      person: people.some(({ feedback }) => feedback),
      account: account?.account_feedback === true,
    },
    memory: { person: people.some(({ memory }) => memory), account: account?.account_memory === true },
  }
}
