import { LoomError } from '../core/errors.ts'
import { type Links, threadTag } from '../core/links.ts'
import type { ThreadId } from '../core/thread-id.ts'
import { findArtifact } from '../storage/artifacts/find.ts'
import { threadsOf } from '../storage/artifacts/threads-of.ts'
import type { Store } from '../storage/database.ts'
import type { StoredFile } from '../storage/jobs/answer.ts'

export interface OpenedLink {
  tenantId: string
  artifact: StoredFile & { jobId: string }
  /** The thread that the link was made for, and whose. */
  thread?: { thread: ThreadId; installationId: string }
  /** Whether it opens only for somebody who may read the thread. */
  signIn: boolean
}

/**
 * The artifact that a link opens. Throws `forbidden` for a link that Loom did not make, `not_found` when it expired, was
 * revoked or the artifact no longer belongs to the link's thread.
 */
export async function openLink(
  deps: { store: Store; links: Links },
  input: { artifactId: string; key: string },
): Promise<OpenedLink> {
  const { issuedAtMs, tenantId, threadTag: tag } = deps.links.verify(input)
  const { artifactId } = input
  const context = { tenantId, actor: { kind: 'system' } } as const
  const artifact = await findArtifact(deps.store, context, { artifactId, issuedAtMs })
  if (!artifact) throw closed()
  if (tag === undefined) return { tenantId, artifact, signIn: false }
  const threads = await threadsOf(deps.store, context, { artifactId })
  const found = threads.find(({ thread }) => threadTag(thread) === tag)
  if (!found) throw closed()
  const { installationId, settings, thread } = found
  return { tenantId, artifact, thread: { thread, installationId }, signIn: settings.linksNeedSignIn }
}

function closed(): LoomError {
  return new LoomError({
    kind: 'not_found',
    message: 'This file is no longer there, or its links were closed.',
  })
}
