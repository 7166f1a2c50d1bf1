import type { ExportForm } from '../../core/exports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Writes into the audit log that an export was taken by hand, without what is in it. */
export async function noteExport(
  store: Store,
  context: TenantContext,
  input: { form: ExportForm; identityId?: string },
): Promise<void> {
  const { form, identityId } = input
  await inTenant(store, context.tenantId, (tx) =>
    audit({ store, tx }, context, {
      action: 'export.taken',
      subjectKind: form === 'tenant' ? 'tenant' : 'identity',
      subjectId: identityId ?? context.tenantId,
    }),
  )
}
