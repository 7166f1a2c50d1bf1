import { dayMs, keepDays } from '../../core/keep-days.ts'
import { artifacts, blobs, workspaceFiles } from '../schema/index.ts'
import type { CommitDeps, StepCommit } from './step-commit.ts'

/**
 * Records the files a step wrote. What lies under `final/` becomes an artifact: the same task writing the same path
 * again replaces it; another task's file at that path is kept under the other task's name beside it.
 */
export async function writeFiles(
  deps: CommitDeps,
  input: { tenantId: string; commits: readonly StepCommit[] },
): Promise<void> {
  const { tenantId } = input
  const written = input.commits.flatMap((commit) => commit.files.map((file) => ({ commit, file })))
  if (written.length === 0) return
  await deps.tx.db
    .insert(blobs)
    .values(
      written.map(({ commit, file }) => ({
        tenantId,
        jobId: commit.task.jobId,
        sha256: file.sha256,
        bytes: file.bytes,
        mediaType: file.mediaType,
      })),
    )
    .onConflictDoNothing()
  await deps.tx.db.insert(workspaceFiles).values(
    written.map(({ commit, file }) => {
      const id = deps.store.newId()
      return {
        tenantId,
        id,
        jobId: commit.task.jobId,
        taskId: commit.task.taskId,
        ordinal: commit.step?.ordinal ?? 0,
        pathHash: deps.sealer.hash('path', file.path),
        pathSealed: deps.sealer.seal(`workspace_files.path:${id}`, file.path),
        sha256: file.sha256,
      }
    }),
  )
  for (const { commit, file } of written) {
    if (file.path.startsWith('final/')) await recordArtifact(deps, { tenantId, commit, file })
  }
}

async function recordArtifact(
  deps: CommitDeps,
  input: { tenantId: string; commit: StepCommit; file: StepCommit['files'][number] },
): Promise<void> {
  const { file, tenantId } = input
  const { jobId, taskId } = input.commit.task
  const [taken] = await deps.tx.sql<{ task_id: string }[]>`
    select task_id from loom.artifacts where job_id = ${jobId} and path_hash = ${deps.sealer.hash('path', file.path)}`
  const path = !taken || taken.task_id === taskId ? file.path : besides(file.path, taskId)
  const id = deps.store.newId()
  const expiresAt = new Date(deps.store.now() + keepDays.artifact * dayMs)
  const values = {
    pathSealed: deps.sealer.seal(`artifacts.path:${jobId}`, path),
    sha256: file.sha256,
    bytes: file.bytes,
    mediaType: file.mediaType,
  }
  await deps.tx.db
    .insert(artifacts)
    .values({ tenantId, id, jobId, taskId, pathHash: deps.sealer.hash('path', path), ...values, expiresAt })
    .onConflictDoUpdate({ target: [artifacts.tenantId, artifacts.jobId, artifacts.pathHash], set: values })
}

/** `final/report.md` of another task as `final/report.9c0d1a2b.md`. */
function besides(path: string, taskId: string): string {
  const dot = path.lastIndexOf('.')
  const cut = dot > path.lastIndexOf('/') + 1 ? dot : path.length
  return `${path.slice(0, cut)}.${taskId.slice(-8)}${path.slice(cut)}`
}
