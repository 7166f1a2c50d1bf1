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
    tx.sql<{ id: string; path: Uint8Array; sha256: string }[]>`
      select a.id, a.path_sealed as path, a.sha256 from loom.jobs j join loom.attachments a on a.brief_id = j.brief_id
      where j.id = ${gathered ?? null} and a.state = 'stored' order by a.position`,
    tx.sql<{ job_id: string; path: Uint8Array; sha256: string }[]>`
      select job_id, path_sealed as path, sha256 from loom.artifacts
      where job_id = any(${jobIds as string[]}::uuid[]) order by created_at, id`,
  ])
  const given = inputs.map(({ id, path, sha256 }) => ({
    jobId: gathered ?? '',
    path: sealer.openText(`attachments.path:${id}`, path),
    sha256,
  }))
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

function lastPart(path: string): string {
  return path.split('/').at(-1) ?? path
}
