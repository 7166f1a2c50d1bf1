import type { FileSource } from '../core/brief.ts'
import { LoomError } from '../core/errors.ts'
import type { Sealer } from '../core/ports.ts'
import { type ThreadId, threadId } from '../core/thread-id.ts'
import { briefDigest } from '../storage/briefs/accept.ts'
import type { Store, TenantContext } from '../storage/database.ts'
import { findUnfinished } from '../storage/jobs/find.ts'
import type { BriefArguments } from './arguments.ts'

export interface Attended {
  thread: ThreadId
  /** The unfinished job of the thread; `undefined` for a new thread. */
  jobId: string | undefined
  startedAtMs: number | undefined
  release(): Promise<void>
}

/**
 * The thread that this terminal shows: that of the same brief when it was interrupted and nobody else shows it, else a
 * new one. While it is attended no other terminal takes it; the lock goes with the process.
 */
export async function attendThread(
  store: Store,
  context: TenantContext,
  input: { args: BriefArguments; files: readonly FileSource[]; sealer: Sealer },
): Promise<Attended> {
  const { args, files, sealer } = input
  const digest = args.resume ? undefined : briefDigest(sealer, { text: args.prompt, files })
  const unfinished = await findUnfinished(store, context, { limit: 20, ...(digest ? { digest } : {}) })
  for (const job of unfinished) {
    const release = await lock(store, job.thread)
    if (release) return { thread: job.thread, jobId: job.jobId, startedAtMs: job.createdAtMs, release }
  }
  if (args.resume) throw new LoomError({ kind: 'not_found', message: 'No brief here is waiting to go on.' })
  const thread = threadId('local', 'terminal', store.newId())
  const release = await lock(store, thread)
  return { thread, jobId: undefined, startedAtMs: undefined, release: release ?? (async () => undefined) }
}

async function lock(store: Store, thread: ThreadId): Promise<(() => Promise<void>) | undefined> {
  const connection = await store.sql.reserve()
  const [row] = await connection<
    { ok: boolean }[]
  >`select pg_try_advisory_lock(hashtextextended(${thread}, 11)) as ok`
  if (row?.ok) {
    return async () => {
      await connection`select pg_advisory_unlock_all()`
      connection.release()
    }
  }
  connection.release()
  return undefined
}
