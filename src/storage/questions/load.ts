import type { Question } from '../../core/chat.ts'
import { type AskedQuestion, meantAnswer } from '../../core/people.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

interface Row {
  id: string
  job_id: string
  task_id: string
  title_sealed: Uint8Array
  body_sealed: Uint8Array
  state: string
  message_id: string | null
  message: Uint8Array | null
  answered_by: string | null
  name_sealed: Uint8Array | null
}

/** A question as its message shows it now; `undefined` when there is no such one. */
export async function loadQuestion(
  store: Store,
  context: TenantContext,
  input: { questionId: string },
): Promise<Question | undefined> {
  const [question] = await load(store, context, ({ sql }) => sql`q.id = ${input.questionId}`)
  return question
}

/** The questions of a job that wait for an answer, the oldest first: the one that is answered next. */
export async function openQuestions(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<Question[]> {
  return load(store, context, ({ sql }) => sql`t.job_id = ${input.jobId} and q.state = 'open'`)
}

/** The text and the choices of a question's row. */
export function parseQuestion(sealer: Sealer, row: { id: string; body_sealed: Uint8Array }): AskedQuestion {
  return JSON.parse(sealer.openText(`questions.body:${row.id}`, row.body_sealed))
}

async function load(
  store: Store,
  context: TenantContext,
  which: (tx: Tx) => ReturnType<Tx['sql']>,
): Promise<Question[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const rows = await tx.sql<Row[]>`
      select q.id, q.job_id, q.task_id, t.title_sealed, q.body_sealed, q.state, m.id as message_id,
             m.body_sealed as message, q.answered_by, i.name_sealed
      from loom.tasks t
      join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
      join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id
      left join loom.messages m on m.tenant_id = q.tenant_id and m.id = q.answer_message_id
      left join loom.identities i on i.tenant_id = q.tenant_id and i.id = q.answered_by
      where ${which(tx)} order by q.created_at, q.id`
    return rows.map((row) => questionOf(sealer, row))
  })
}

function questionOf(sealer: Sealer, row: Row): Question {
  const { choices, text } = parseQuestion(sealer, row)
  const said =
    row.message_id !== null && row.message !== null
      ? sealer.openText(`messages.body:${row.message_id}`, row.message)
      : undefined
  return {
    jobId: row.job_id,
    questionId: row.id,
    asker: sealer.openText(`tasks.title:${row.task_id}`, row.title_sealed),
    text,
    choices,
    state: row.state === 'open' || row.state === 'answered' ? row.state : 'withdrawn',
    answer: said === undefined ? undefined : meantAnswer(choices, said),
    answeredBy:
      row.answered_by !== null && row.name_sealed !== null
        ? sealer.openText(`identities.name:${row.answered_by}`, row.name_sealed)
        : undefined,
  }
}
