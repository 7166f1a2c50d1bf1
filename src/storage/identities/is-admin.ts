import { inTenant, type Store, type TenantContext } from '../database.ts'
import { isAskerOrAdmin } from '../jobs/may-decide.ts'

/** Whether who acts is an admin or owner of the account, on the platform or as a member. */
export async function isAdmin(store: Store, context: TenantContext): Promise<boolean> {
  return inTenant(store, context.tenantId, (tx) => isAskerOrAdmin(tx, context, { askedBy: null }))
}
