import { LoomError } from '../../core/errors.ts'
import { starArtifact, unstarArtifact } from '../../storage/artifacts/change.ts'
import { findArtifact } from '../../storage/artifacts/find.ts'
import { findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply } from './desk.ts'

interface Starring {
  jobId: string
  artifactId: string
}

/** What the two words of a star are, wherever it is set. */
export const starWords = {
  starred: 'Kept until the star is taken away.',
  unstarred: 'The star is taken away.',
} as const

/** Keeps a file beyond its 90 days. Anyone of the workspace who can see its thread may. */
export async function star(desk: Desk, acting: Acting, input: Starring): Promise<Reply> {
  await change(desk, acting, { ...input, verb: starArtifact })
  return done(starWords.starred)
}

export async function unstar(desk: Desk, acting: Acting, input: Starring): Promise<Reply> {
  await change(desk, acting, { ...input, verb: unstarArtifact })
  return done(starWords.unstarred)
}

async function change(
  desk: Desk,
  acting: Acting,
  input: Starring & { verb: typeof starArtifact },
): Promise<void> {
  const { artifactId } = input
  await findForPressing(desk, acting, input.jobId)
  const context = contextOf(acting)
  // A link made at the last moment there is: what was revoked before does not keep anybody from the star.
  const issuedAtMs = desk.store.now() + 1_000
  const file = await findArtifact(desk.store, context, { artifactId, issuedAtMs })
  const there = file?.jobId === input.jobId && (await input.verb(desk.store, context, { artifactId }))
  if (!there) throw new LoomError({ kind: 'not_found', message: 'That file is no longer kept.' })
}
