import type { Sealer } from '../core/ports.ts'
import type { Store, TenantContext, Tx } from './database.ts'
import { auditLog } from './schema/index.ts'

/** Writes who did what, in the transaction of the change itself. Holds no content. */
export async function audit(
  deps: { store: Store; tx: Tx; sealer?: Sealer },
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
    addressSealed: seal(deps.sealer, `audit_log.address:${id}`, input.address),
    userAgentSealed: seal(deps.sealer, `audit_log.user_agent:${id}`, input.userAgent),
  })
}

/** An account whose keys are gone has nobody's address to keep. */
function seal(sealer: Sealer | undefined, label: string, text: string | undefined): Buffer | null {
  return sealer && text ? sealer.seal(label, text) : null
}
