import { createHash } from 'node:crypto'
import type { Mention } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import { endedStates } from '../../core/job-states.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import { scheduleIn } from '../../core/schedule.ts'
import type { Lane } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { mustBeOpen } from '../erasure/open-account.ts'
import { refuseIgnored } from '../identities/refuse-ignored.ts'
import { type CreatedSchedule, insertSchedule } from '../schedules/create.ts'
import { inbox } from '../schema/index.ts'
import { ensureThread } from '../threads/ensure.ts'
import { quickTurn } from '../threads/quick-turn.ts'
import { keepMessage } from './keep-message.ts'
import { openJob } from './open-job.ts'
import { steer } from './say.ts'

export type Accepted =
  /** A new job; `first` is where its first task waits. */
  | { kind: 'job'; jobId: string; first: Lane }
  /** The thread has a running job: the message was added to it. */
  | { kind: 'steered'; jobId: string }
  /** An agent of the thread's running job had asked: the message is the answer, and a task is ready. */
  | { kind: 'answered'; jobId: string }
  /** The message asks for a brief that recurs, which is kept; there is no job yet. */
  | { kind: 'scheduled'; jobId: undefined; schedule: CreatedSchedule }
  /** This message came before; nothing was written. */
  | { kind: 'duplicate'; jobId: string | undefined }

interface AcceptInput {
  mention: Mention
  installationId: string
  identityId: string
  /** Taken only as a word for this job, while it runs; throws `lease_lost` where another runs in the thread, or none. */
  forJobId?: string
}

/**
 * Takes a mention in one transaction: the inbox key, the message, and either a new brief with its job, first tasks,
 * card and budgets, or one more message for the thread's running job, or, in a thread without one, a brief that recurs
 * when that is what the words ask for (`scheduleIn`; files do not recur). Idempotent by `mention.key`; no model and no
 * chat is called. Throws `invalid_input` for an empty brief, `too_large` past the stated limits,
 * `forbidden` for a person who is ignored and an account that is being deleted.
 */
export async function acceptMention(
  store: Store,
  context: TenantContext,
  input: AcceptInput,
): Promise<Accepted> {
  checkMention(input.mention)
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const run = () => inTenant(store, context.tenantId, (tx) => take({ store, tx, sealer }, context, input))
  try {
    return await run()
  } catch (thrown) {
    // Another message opened the thread's job in this moment: read again, and steer that one.
    if (thrown instanceof LoomError && thrown.kind === 'conflict') return run()
    throw thrown
  }
}

function checkMention(mention: Mention): void {
  if (mention.text.trim() === '' && mention.files.length === 0) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'The brief is empty. Say what you want in a sentence.',
    })
  }
  if (mention.text.trim() === '') {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'There are files but no words. Say in a sentence what you want to know about them.',
    })
  }
  const size = Buffer.byteLength(mention.text)
  if (size > limits.promptBytes) {
    throw new LoomError({
      kind: 'too_large',
      message: `The brief is ${size.toLocaleString('en-US')} bytes long; at most ${limits.promptBytes.toLocaleString('en-US')} are taken. Put the rest into a file.`,
    })
  }
  if (mention.files.length > limits.briefFiles) {
    throw new LoomError({
      kind: 'too_large',
      message: `${mention.files.length} files came with the brief; at most ${limits.briefFiles} are taken at once.`,
    })
  }
}

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

async function take(deps: Deps, context: TenantContext, input: AcceptInput): Promise<Accepted> {
  const { store, tx, sealer } = deps
  const { tenantId } = context
  let { mention } = input
  const keyHash = sealer.hash('inbox', mention.key)
  const kept = await tx.db
    .insert(inbox)
    .values({ tenantId, keyHash, kind: 'mention' })
    .onConflictDoNothing()
    .returning({ keyHash: inbox.keyHash })
  if (kept.length === 0) {
    const [row] = await tx.sql<
      { job_id: string | null }[]
    >`select job_id from loom.inbox where key_hash = ${keyHash}`
    return { kind: 'duplicate', jobId: row?.job_id ?? undefined }
  }
  await mustBeOpen(tx)
  await refuseIgnored(tx, input)
  mention = await inItsTurn(deps, context, input)
  const { historyRead, threadId } = await ensureThread(deps, {
    tenantId,
    installationId: input.installationId,
    address: mention.thread,
  })
  const messageId = await keepMessage(deps, {
    tenantId,
    threadId,
    identityId: input.identityId,
    text: mention.text,
    saidAtMs: mention.saidAtMs,
    key: mention.key,
    files: mention.files,
  })
  // The job's row is locked, so that messages take their places one by one, and none steers a job that ends.
  const [live] = await tx.sql<{ job_id: string; brief_id: string }[]>`
    select t.job_id, j.brief_id from loom.job_threads t join loom.jobs j on j.id = t.job_id
    where t.thread_id = ${threadId} and t.live and j.state <> all(${endedStates as unknown as string[]}::text[])
    for no key update of j`
  const jobId = live?.job_id ?? store.newId()
  if (input.forJobId !== undefined && input.forJobId !== jobId) {
    throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
  }
  const recurring = live || mention.files.length > 0 ? undefined : scheduleIn(mention.text)
  if (recurring) {
    const { capMicroUsd, thread, timeZone = 'UTC' } = mention
    const schedule = await insertSchedule(deps, context, {
      installationId: input.installationId,
      ...{ thread, timeZone, prompt: recurring.prompt, words: recurring.rule },
      ...(capMicroUsd === undefined ? {} : { capMicroUsd }),
    })
    return { kind: 'scheduled', jobId: undefined, schedule }
  }
  if (live) {
    const taken = await steer(deps, context, { jobId, briefId: live.brief_id, messageId, text: mention.text })
    if (mention.files.length > 0) await sayTooLate(deps, { tenantId, jobId, threadId, messageId, mention })
    await tx.sql`update loom.inbox set job_id = ${jobId} where key_hash = ${keyHash}`
    return { kind: taken, jobId }
  }
  const before = await whatStandsBefore(tx, { threadId, messageId })
  const hasHistory =
    before.messages || before.jobId !== undefined || (mention.hasHistory === true && !historyRead)
  // Where nothing stands before the first brief, all that comes comes as an event.
  if (!hasHistory && !historyRead)
    await tx.sql`update loom.threads set history_at = now() where id = ${threadId}`
  const { capMicroUsd, files, text, thread } = mention
  await openJob(deps, context, {
    jobId,
    threadId,
    messageId,
    address: thread,
    askedBy: input.identityId,
    text,
    files,
    hasHistory,
    followsJobId: before.jobId,
    ...(capMicroUsd === undefined ? {} : { capMicroUsd }),
    digest: briefDigest(sealer, mention),
  })
  await tx.sql`update loom.inbox set job_id = ${jobId} where key_hash = ${keyHash}`
  return { kind: 'job', jobId, first: files.length > 0 || hasHistory ? 'bot' : 'worker' }
}

/** What is said in one go in a direct conversation goes to the one job; a wish that recurs is one of its own. */
async function inItsTurn(deps: Deps, context: TenantContext, input: AcceptInput): Promise<Mention> {
  const { identityId, mention } = input
  if (mention.joinsTurn !== true || scheduleIn(mention.text)) return mention
  const { thread } = mention
  const turn = await quickTurn(deps.tx, context, { thread, identityId, nowMs: deps.store.now() })
  return turn === undefined ? mention : { ...mention, thread: turn }
}

/** What agents can read is settled when they begin. The files stay with the message: a follow-up finds them. */
async function sayTooLate(
  deps: Deps,
  input: { tenantId: string; jobId: string; threadId: string; messageId: string; mention: Mention },
): Promise<void> {
  const { jobId, mention, messageId, tenantId, threadId } = input
  const names = mention.files.map(({ name }) => name).join(', ')
  await openDelivery(deps, {
    ...{ tenantId, jobId, threadId, address: mention.thread },
    kind: 'notice',
    subject: `files:${messageId}`,
    text: `The words are passed on. Files that come while Loom works are read by the next brief here: ${names}.`,
  })
}

/** What the thread holds already beside a message: other messages, and the newest job that was seen in it and has ended. */
async function whatStandsBefore(
  { sql }: Tx,
  input: { threadId: string; messageId: string },
): Promise<{ messages: boolean; jobId: string | undefined }> {
  const [row] = await sql<{ messages: boolean; job_id: string | null }[]>`
    select exists (select 1 from loom.messages m where m.thread_id = ${input.threadId} and m.id <> ${input.messageId}) as messages,
           (select j.id from loom.job_threads jt join loom.jobs j on j.id = jt.job_id
            where jt.thread_id = ${input.threadId}
            order by j.created_at desc, j.id desc limit 1) as job_id`
  return { messages: row?.messages ?? false, jobId: row?.job_id ?? undefined }
}

/** The same words with the same sources give the same digest, within a tenant. */
export function briefDigest(sealer: Sealer, mention: Pick<Mention, 'text' | 'files'>): Buffer {
  const digest = createHash('sha256').update(mention.text)
  for (const file of mention.files) digest.update('\0').update(file.source)
  return sealer.hash('brief', digest.digest('hex'))
}
