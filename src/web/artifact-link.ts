import { LoomError } from '../core/errors.ts'
import { type Links, threadTag } from '../core/links.ts'
import { findArtifact } from '../storage/artifacts/find.ts'
import { threadsOf } from '../storage/artifacts/threads-of.ts'
import type { Store } from '../storage/database.ts'
import type { StoredFile } from '../storage/jobs/answer.ts'

/**
 * The artifact that a link opens. Throws `forbidden` for a link that Loom did not make, `not_found` when it expired, was
 * revoked or the artifact no longer belongs to the link's thread, and `signIn` where the tenant asks for that.
 */
export async function openLink(
  deps: { store: Store; links: Links },
  input: { artifactId: string; key: string },
): Promise<{ tenantId: string; artifact: StoredFile & { jobId: string }; signIn: boolean }> {
  const { issuedAtMs, tenantId, threadTag: tag } = deps.links.verify(input)
  const { artifactId } = input
  const context = { tenantId, actor: { kind: 'system' } } as const
  const artifact = await findArtifact(deps.store, context, { artifactId, issuedAtMs })
  if (!artifact) throw closed()
  if (tag === undefined) return { tenantId, artifact, signIn: false }
  const threads = await threadsOf(deps.store, context, { artifactId })
  const thread = threads.find(({ address }) => threadTag(address) === tag)
  if (!thread) throw closed()
  return { tenantId, artifact, signIn: thread.settings.linksNeedSignIn }
}

function closed(): LoomError {
  return new LoomError({
    kind: 'not_found',
    message: 'This file is no longer there, or its links were closed.',
  })
}
