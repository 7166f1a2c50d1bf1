import { type FileSource, ownSources } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import { earlierFolder } from '../../core/workspace.ts'
import type { Tx } from '../database.ts'

/** The jobs that a brief goes on from, the newest first, and the one of them that had gathered all that was before it. */
interface Earlier {
  jobIds: readonly string[]
  gathered: string | undefined
}

/**
 * A job that was stopped before it had gathered hands on the one that it followed itself. Of one that a thread only
 * watched, nothing goes on but what was shown there: the answer and its files.
 */
export async function earlierJobs(
  { sql }: Tx,
  { followsJobId, threadId }: { followsJobId: string | null; threadId: string },
): Promise<Earlier> {
  const jobIds: string[] = []
  for (let id = followsJobId; id !== null; ) {
    const [row] = await sql<{ follows: string | null; gathered: boolean; watched: boolean }[]>`
      select j.follows_job_id as follows,
             not exists (select 1 from loom.job_threads jt
                         where jt.job_id = j.id and jt.thread_id = ${threadId} and jt.part = 'origin') as watched,
             exists (select 1 from loom.tasks t where t.job_id = j.id and t.kind = 'gather' and t.state = 'done') as gathered
      from loom.jobs j where j.id = ${id}`
    if (!row) break
    jobIds.push(id)
    if (row.watched) break
    if (row.gathered) return { jobIds, gathered: id }
    id = row.follows
  }
  return { jobIds, gathered: undefined }
}

/**
 * What the earlier jobs had in their inputs and what they made, each content once, as sources that gathering copies.
 * What came down from still earlier ones stays what it is: made, not given.
 */
export async function filesOfJobs(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  { gathered, jobIds }: Earlier,
): Promise<FileSource[]> {
  if (jobIds.length === 0) return []
  const [inputs, artifacts] = await Promise.all([
    tx.sql<{ id: string; name: Uint8Array; path: Uint8Array; sha256: string }[]>`
      select a.id, a.name_sealed as name, a.path_sealed as path, a.sha256 from loom.jobs j join loom.attachments a on a.brief_id = j.brief_id
      where j.id = ${gathered ?? null} and a.state = 'stored' order by a.position`,
    tx.sql<{ job_id: string; path: Uint8Array; sha256: string }[]>`
      select job_id, path_sealed as path, sha256 from loom.artifacts
      where job_id = any(${jobIds as string[]}::uuid[]) order by created_at, id`,
  ])
  const shut = await namesOfIgnored({ tx, sealer }, gathered)
  const given = inputs.flatMap(({ id, name, path: sealedPath, sha256 }) => {
    const path = sealer.openText(`attachments.path:${id}`, sealedPath)
    if (shut.has(sealer.openText(`attachments.name:${id}`, name)) || shut.has(lastPart(path))) return []
    return [{ jobId: gathered ?? '', path, sha256 }]
  })
  const made = artifacts.map(({ job_id: jobId, path, sha256 }) => ({
    jobId,
    path: sealer.openText(`artifacts.path:${jobId}`, path),
    sha256,
  }))
  const sources = [
    ...given
      .filter(({ path }) => !path.startsWith(earlierFolder))
      .map((file) => ({ ...file, name: lastPart(file.path), from: ownSources.job })),
    ...given
      .filter(({ path }) => path.startsWith(earlierFolder))
      .map((file) => ({ ...file, name: file.path, from: ownSources.made })),
    ...made.map((file) => ({ ...file, name: file.path, from: ownSources.made })),
  ]
  const once = new Map(sources.toReversed().map((file) => [file.sha256, file]))
  return [...once.values()]
    .toReversed()
    .map(({ from, jobId, name, sha256 }) => ({ name, source: `${from}${jobId}:${sha256}` }))
}

/**
 * What the files were called that came with messages of people who are ignored by now. An attachment no longer says whose
 * it was, so another's file of the same name stays away too.
 */
async function namesOfIgnored(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  gathered: string | undefined,
): Promise<Set<string>> {
  if (gathered === undefined) return new Set()
  const rows = await tx.sql<{ id: string; files: Uint8Array }[]>`
    select m.id, m.files_sealed as files from loom.jobs j join loom.brief_messages c on c.brief_id = j.brief_id
    join loom.messages m on m.id = c.message_id join loom.identities i on i.id = m.identity_id
    where j.id = ${gathered} and m.files_sealed is not null and i.ignored_at is not null`
  return new Set(
    rows.flatMap(({ files, id }) =>
      (JSON.parse(sealer.openText(`messages.files:${id}`, files)) as FileSource[]).map(({ name }) => name),
    ),
  )
}

function lastPart(path: string): string {
  return path.split('/').at(-1) ?? path
}
