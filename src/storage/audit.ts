import type { Sealer } from '../core/ports.ts'
import type { Store, TenantContext, Tx } from './database.ts'
import { auditLog } from './schema/index.ts'

/** Writes who did what, in the transaction of the change itself. Holds no content. */
export async function audit(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  context: TenantContext,
  input: { action: string; subjectKind?: string; subjectId?: string; address?: string; userAgent?: string },
): Promise<void> {
  const id = deps.store.newId()
  await deps.tx.db.insert(auditLog).values({
    tenantId: context.tenantId,
    id,
    actorKind: context.actor.kind,
    actorId: context.actor.kind === 'person' ? context.actor.identityId : null,
    action: input.action,
    subjectKind: input.subjectKind ?? null,
    subjectId: input.subjectId ?? null,
    addressSealed: input.address ? deps.sealer.seal(`audit_log.address:${id}`, input.address) : null,
    userAgentSealed: input.userAgent ? deps.sealer.seal(`audit_log.user_agent:${id}`, input.userAgent) : null,
  })
}
