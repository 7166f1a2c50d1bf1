import { LoomError } from '../../core/errors.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { jobsCalled } from '../../storage/jobs/find-called.ts'
import { unwatchJob, watchJob } from '../../storage/jobs/watch.ts'
import { findThread } from '../../storage/threads/find.ts'
import { findForDeciding, findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, noSuchJob, type Reply, told } from './desk.ts'
import { isHere } from './here.ts'

interface Watching {
  jobId: string
  /** Where it is to be seen as well: the thread of whoever says so, or one of the channel. */
  thread: ThreadId
}

/** What everybody must know who lets others see a job. */
const seenWords = 'Everyone who can read this channel sees it from now on'

/**
 * Shows a job in one more thread, here or on another platform than its own. Who asked, or an admin: it takes what a job
 * says to another public. Throws `not_found`, `forbidden`, and `conflict` where a job runs in that thread.
 */
export async function watch(desk: Desk, acting: Acting, input: Watching): Promise<Reply> {
  const { thread } = input
  mustBeHere(acting, thread)
  const { jobId } = await findForDeciding(desk, acting, input.jobId)
  const { installationId } = acting.account
  const watched = await watchJob(desk.store, contextOf(acting), { jobId, installationId, thread })
  if (!watched) throw noSuchJob()
  if (watched.kind === 'already') return told('This job is shown in this thread already.')
  return done(
    watched.ended
      ? `${seenWords}: the card, the answer and its files. The job has ended.`
      : `${seenWords}: the card, the questions, and the answer with its files. A reply here steers the job.`,
  )
}

/** Shows a job in a thread no more. Anyone of the workspace in that thread may, as they may stop the job. */
export async function unwatch(desk: Desk, acting: Acting, input: Watching): Promise<Reply> {
  const { thread } = input
  mustBeHere(acting, thread)
  const { jobId } = await findForPressing(desk, acting, input.jobId)
  return (await unwatchJob(desk.store, contextOf(acting), { jobId, thread }))
    ? done('This job is no longer shown here.')
    : told('This thread shows no job of elsewhere by that ID.')
}

/** The same by what people call a job, an ID or the end of one; for `unwatch` the one that the thread shows without it. */
export async function watchCalled(
  desk: Desk,
  acting: Acting,
  input: { verb: 'watch' | 'unwatch'; name: string | undefined; thread: ThreadId },
): Promise<Reply> {
  const { thread, verb } = input
  const jobId = await jobOf(desk, acting, input)
  return verb === 'watch' ? watch(desk, acting, { jobId, thread }) : unwatch(desk, acting, { jobId, thread })
}

async function jobOf(
  desk: Desk,
  acting: Acting,
  { name, thread }: { name: string | undefined; thread: ThreadId },
): Promise<string> {
  const context = contextOf(acting)
  if (name === undefined) {
    const found = await findThread(desk.store, context, { thread })
    const jobId = found?.live?.jobId ?? found?.last?.jobId
    if (jobId !== undefined) return jobId
    throw noSuchJob()
  }
  const [jobId, another] = await jobsCalled(desk.store, context, { name })
  if (jobId === undefined) throw noSuchJob()
  if (another === undefined) return jobId
  throw new LoomError({ kind: 'conflict', message: 'Several jobs go by that ID. Use the whole ID of one.' })
}

/** A client can name any thread; the chat that it stands in is the one that is spoken through. */
function mustBeHere(acting: Acting, thread: ThreadId): void {
  if (isHere(acting, thread)) return
  throw new LoomError({
    kind: 'forbidden',
    message: 'A job is shown in the place from which you ask for it.',
  })
}
