import { type AskedQuestion, meantAnswer, mostQuestions, type QuestionReply } from '../../core/people.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { announce } from '../deliveries/announce.ts'
import { appendEvents } from '../events.ts'
import type { HeldTask } from '../tasks/held.ts'
import { holdTask } from '../tasks/hold.ts'
import { restTask } from '../tasks/rest.ts'

interface Asking {
  task: HeldTask
  holder: string
  /** The call that asks, of a reply that is committed. */
  stepId: string
  callId: string
  question: AskedQuestion
}

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Asks the people of the job's threads, once for each call however often it is asked, or answers what came of it. With
 * `open` the task rests from here on, in the same transaction: no answer can come in between. Throws `lease_lost`.
 */
export async function askQuestion(
  store: Store,
  context: TenantContext,
  input: Asking,
): Promise<QuestionReply> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    await holdTask(tx, context, input)
    const deps = { store, tx, sealer }
    const reply = (await findReply(deps, input)) ?? (await open(deps, context, input))
    const { jobId, taskId } = input.task
    if (reply.state === 'open')
      await restTask(deps, { tenantId: context.tenantId, jobId, taskId, reason: 'question' })
    return reply
  })
}

async function findReply({ sealer, tx }: Deps, input: Asking): Promise<QuestionReply | undefined> {
  const [row] = await tx.sql<{ state: string; message_id: string | null; message: Uint8Array | null }[]>`
    select q.state, m.id as message_id, m.body_sealed as message
    from loom.questions q left join loom.messages m on m.tenant_id = q.tenant_id and m.id = q.answer_message_id
    where q.step_id = ${input.stepId} and q.call_id = ${input.callId}`
  if (!row) return undefined
  if (row.state === 'open') return { state: 'open' }
  if (row.message_id === null || row.message === null) return { state: 'withdrawn' }
  const said = sealer.openText(`messages.body:${row.message_id}`, row.message)
  return { state: 'answered', text: meantAnswer(input.question.choices, said) }
}

async function open(deps: Deps, context: TenantContext, input: Asking): Promise<QuestionReply> {
  const { callId, question, stepId } = input
  const { jobId, taskId } = input.task
  const { tenantId } = context
  const [asked] = await deps.tx.sql<{ many: number }[]>`
    select count(*)::int as many from loom.steps s
    join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id where s.task_id = ${taskId}`
  if ((asked?.many ?? 0) >= mostQuestions) return { state: 'too_many' }
  const id = deps.store.newId()
  const body = deps.sealer.seal(`questions.body:${id}`, JSON.stringify(question))
  await deps.tx.sql`
    insert into loom.questions (tenant_id, id, job_id, task_id, step_id, call_id, body_sealed)
    values (${tenantId}, ${id}, ${jobId}, ${taskId}, ${stepId}, ${callId}, ${body})`
  await announce(deps, { tenantId, jobId, kind: 'question', subject: id })
  await appendEvents(deps, { tenantId, events: [{ jobId, taskId, event: { kind: 'asked' } }] })
  await audit(deps, context, { action: 'question.ask', subjectKind: 'question', subjectId: id })
  return { state: 'open' }
}
