import type { FileSource } from '../core/brief.ts'
import { LoomError } from '../core/errors.ts'
import type { Sealer } from '../core/ports.ts'
import { type ThreadId, threadId } from '../core/thread-id.ts'
import { briefDigest } from '../storage/briefs/accept.ts'
import type { Sql, Store, TenantContext } from '../storage/database.ts'
import { findUnfinished } from '../storage/jobs/find.ts'
import type { BriefArguments } from './arguments.ts'

export interface Attended {
  thread: ThreadId
  /** The unfinished job of the thread; `undefined` for a new thread. */
  jobId: string | undefined
  startedAtMs: number | undefined
}

/**
 * The thread that this terminal shows: that of the same brief when it was interrupted and nobody else shows it, else a
 * new one. `locks` is a single connection: while it is open no other terminal takes the thread.
 */
export async function attendThread(
  store: Store,
  context: TenantContext,
  input: { args: BriefArguments; files: readonly FileSource[]; sealer: Sealer; locks: Sql },
): Promise<Attended> {
  const { args, files, sealer } = input
  const digest = args.resume ? undefined : briefDigest(sealer, { text: args.prompt, files })
  const unfinished = await findUnfinished(store, context, { limit: 20, ...(digest ? { digest } : {}) })
  for (const job of unfinished) {
    if (await lock(input.locks, job.thread)) {
      return { thread: job.thread, jobId: job.jobId, startedAtMs: job.createdAtMs }
    }
  }
  if (args.resume) throw new LoomError({ kind: 'not_found', message: 'No brief here is waiting to go on.' })
  const thread = threadId('local', 'terminal', store.newId())
  await lock(input.locks, thread)
  return { thread, jobId: undefined, startedAtMs: undefined }
}

async function lock(locks: Sql, thread: ThreadId): Promise<boolean> {
  const [row] = await locks<{ ok: boolean }[]>`
    select pg_try_advisory_lock(hashtextextended(${thread}, 11)) as ok`
  return row?.ok === true
}
