import { keepDays } from '../../core/keep-days.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

/** How long a file is still there whose star was taken when its time was over: a press by mistake can be pressed again. */
const lastMinutes = 10

/** Closes every link to the artifact that was made until now. Answers whether there is such an artifact. */
export async function revokeLinks(
  store: Store,
  context: TenantContext,
  input: { artifactId: string },
): Promise<boolean> {
  const now = new Date(store.now()).toISOString()
  return change(store, context, { ...input, action: 'artifact.revoke_links' }, ({ sql }) => {
    return sql`update loom.artifacts set links_revoked_at = ${now}::timestamptz where id = ${input.artifactId} returning id`
  })
}

/** Keeps the artifact beyond its 90 days, until the star is taken away. */
export async function starArtifact(
  store: Store,
  context: TenantContext,
  input: { artifactId: string },
): Promise<boolean> {
  const by = context.actor.kind === 'person' ? context.actor.identityId : null
  return change(store, context, { ...input, action: 'artifact.star' }, ({ sql }) => {
    return sql`
      update loom.artifacts set starred_at = coalesce(starred_at, now()), starred_by = coalesce(starred_by, ${by}), expires_at = null
      where id = ${input.artifactId} returning id`
  })
}

/** Takes the star away: the artifact goes 90 days after it was written, the next night where that is over. */
export async function unstarArtifact(
  store: Store,
  context: TenantContext,
  input: { artifactId: string },
): Promise<boolean> {
  return change(store, context, { ...input, action: 'artifact.unstar' }, ({ sql }) => {
    return sql`
      update loom.artifacts
      set starred_at = null, starred_by = null,
          expires_at = greatest(created_at + ${keepDays.artifact * 24} * interval '1 hour', loom.clock() + ${lastMinutes} * interval '1 minute')
      where id = ${input.artifactId} returning id`
  })
}

async function change(
  store: Store,
  context: TenantContext,
  input: { artifactId: string; action: string },
  update: (tx: Tx) => PromiseLike<readonly unknown[]>,
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    if ((await update(tx)).length === 0) return false
    const subject = { subjectKind: 'artifact', subjectId: input.artifactId }
    await audit({ store, tx, sealer }, context, { action: input.action, ...subject })
    return true
  })
}
