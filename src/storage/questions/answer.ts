import { LoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import { meantAnswer } from '../../core/people.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { keepMessage } from '../briefs/keep-message.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { announceAgain } from '../deliveries/announce.ts'
import { appendEvents } from '../events.ts'
import { refuseIgnored } from '../identities/refuse-ignored.ts'
import { notePeople } from '../jobs/note-people.ts'
import { wakeTask } from '../tasks/wake.ts'
import { parseQuestion } from './load.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

export type Answering =
  /** The task goes on with this answer: a number stood for a choice. */
  | { kind: 'answered'; question: string; answer: string }
  /** Somebody was first: the job's last question, or the one that was named, has its answer. */
  | { kind: 'answered_already' }
  /** Nothing is asked, or no more. */
  | { kind: 'nothing_asked' }

/**
 * Answers a question of a job: the one that is named, else the oldest that is open. Two that answer at once are told
 * apart, and one answer is kept. Answers `undefined` when there is no such job. Throws `invalid_input` and `too_large`.
 */
export async function answerQuestion(
  store: Store,
  context: TenantContext,
  input: { jobId: string; questionId?: string; text: string },
): Promise<Answering | undefined> {
  const { jobId, questionId, text } = input
  if (text.trim() === '') throw new LoomError({ kind: 'invalid_input', message: 'Say what the answer is.' })
  if (Buffer.byteLength(text) > limits.promptBytes) {
    throw new LoomError({
      kind: 'too_large',
      message: 'That is too long for an answer. Put it into a file of a new brief.',
    })
  }
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const [job] = await tx.sql<{ thread_id: string }[]>`
      select b.thread_id from loom.jobs j join loom.briefs b on b.id = j.brief_id
      where j.id = ${jobId} for no key update of j`
    if (!job) return undefined
    const asked = await findOpen(deps, { jobId, questionId })
    if (!asked) return { kind: (await wasAnswered(tx, input)) ? 'answered_already' : 'nothing_asked' }
    const { actor, tenantId } = context
    const identityId = actor.kind === 'person' ? actor.identityId : undefined
    await refuseIgnored(tx, { identityId })
    const message = { tenantId, threadId: job.thread_id, identityId, text, saidAtMs: store.now() }
    const messageId = await keepMessage(deps, message)
    await take(deps, context, { jobId, asked, messageId })
    return { kind: 'answered', question: asked.text, answer: meantAnswer(asked.choices, text) }
  })
}

/**
 * Takes a message that is kept already as the answer to the oldest open question of a locked job. Answers `false` when
 * nothing is asked.
 */
export async function answerOldest(
  deps: Deps,
  context: TenantContext,
  input: { jobId: string; messageId: string },
): Promise<boolean> {
  const asked = await findOpen(deps, { jobId: input.jobId, questionId: undefined })
  if (asked) await take(deps, context, { ...input, asked })
  return asked !== undefined
}

interface Asked {
  id: string
  taskId: string
  text: string
  choices: readonly string[]
}

async function findOpen(
  { sealer, tx }: Deps,
  input: { jobId: string; questionId: string | undefined },
): Promise<Asked | undefined> {
  const { sql } = tx
  const named = input.questionId === undefined ? sql`` : sql`and q.id = ${input.questionId}`
  const [row] = await sql<{ id: string; task_id: string; body_sealed: Uint8Array }[]>`
    select q.id, q.task_id, q.body_sealed
    from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
    join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id
    where t.job_id = ${input.jobId} and s.state = 'replied' and q.state = 'open' ${named}
    order by q.created_at, q.id limit 1`
  return row && { id: row.id, taskId: row.task_id, ...parseQuestion(sealer, row) }
}

async function wasAnswered({ sql }: Tx, input: { jobId: string; questionId?: string }): Promise<boolean> {
  const named = input.questionId === undefined ? sql`` : sql`and q.id = ${input.questionId}`
  const [last] = await sql<{ state: string }[]>`
    select q.state from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
    join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id
    where t.job_id = ${input.jobId} ${named} order by q.created_at desc, q.id desc limit 1`
  return last?.state === 'answered'
}

async function take(
  deps: Deps,
  context: TenantContext,
  input: { jobId: string; asked: Asked; messageId: string },
): Promise<void> {
  const { asked, jobId, messageId } = input
  const { actor, tenantId } = context
  const by = actor.kind === 'person' ? actor.identityId : null
  await deps.tx.sql`
    update loom.questions set state = 'answered', answer_message_id = ${messageId}, answered_by = ${by}
    where id = ${asked.id}`
  await notePeople(deps.tx, { tenantId, jobId })
  const event = { jobId, taskId: asked.taskId, event: { kind: 'answered' } } as const
  await appendEvents(deps, { tenantId, events: [event] })
  await wakeTask(deps, { tenantId, jobId, taskId: asked.taskId })
  await announceAgain(deps, { tenantId, jobId, kind: 'question', subject: asked.id })
  await audit(deps, context, { action: 'question.answer', subjectKind: 'question', subjectId: asked.id })
}
