import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import type { ObjectStore } from '../../src/core/ports.ts'
import type { Store } from '../../src/storage/database.ts'
import { loadAnswer } from '../../src/storage/jobs/answer.ts'
import { objectKeys } from '../../src/storage/objects/keys.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import type { AcceptedBrief } from './briefs.ts'
import { partFile } from './model/decide.ts'
import type { Post } from './platform.ts'
import type { Seen } from './seen.ts'

/** Gathers all that a run left: rows from outside every policy, and what is sealed through each tenant's own context. */
export async function collect(input: {
  admin: postgres.Sql
  store: Store
  objects: ObjectStore
  briefs: readonly AcceptedBrief[]
  posts: readonly Post[]
  wrongCalls: readonly string[]
}): Promise<Seen> {
  const { admin, briefs, wrongCalls } = input
  const rows = await rowsOf(admin)
  const answers: Seen['answers'][number][] = []
  const artifacts: Seen['artifacts'][number][] = []
  const transcripts: Seen['transcripts'][number][] = []
  for (const { jobId, tenantId } of briefs) {
    const taskIds = rows.tasks.filter((task) => task.jobId === jobId).map(({ id }) => id)
    const opened = await open(input, { jobId, tenantId, taskIds })
    answers.push({
      jobId,
      text: opened.text,
      count: rows.answers.find((row) => row.jobId === jobId)?.count ?? 0,
    })
    artifacts.push(...opened.artifacts)
    transcripts.push({ jobId, text: opened.transcript })
  }
  return {
    ...rows,
    answers,
    artifacts,
    transcripts,
    briefs: briefs.map(({ jobId, mark, parts, tenantId, thread }) => ({
      ...{ jobId, tenantId, thread, mark, parts },
      files: Array.from({ length: parts }, (_, index) => partFile({ mark, key: `part-${index + 1}` })),
    })),
    posts: input.posts.map(seenPost),
    wrongCalls,
  }
}

async function open(
  { objects, store }: { store: Store; objects: ObjectStore },
  job: { jobId: string; tenantId: string; taskIds: readonly string[] },
) {
  const { jobId, taskIds, tenantId } = job
  const context = { tenantId, actor: { kind: 'system' } } as const
  const answer = await loadAnswer(store, context, { jobId })
  const tasks = await loadTasks(store, context, { taskIds })
  const artifacts = await Promise.all(
    (answer?.files ?? []).map(async ({ bytes, path, sha256 }) => {
      const body = await objects
        .get(objectKeys.blob({ tenantId, jobId }, sha256))
        .catch(() => Buffer.alloc(0))
      const isWhole = body.length === bytes && createHash('sha256').update(body).digest('hex') === sha256
      return { jobId, path, content: Buffer.from(body).toString(), isWhole }
    }),
  )
  return { text: answer?.markdown ?? '', artifacts, transcript: JSON.stringify(tasks) }
}

function seenPost({ asked, message, nonce, thread }: Post): Seen['posts'][number] {
  const { kind } = message
  switch (message.kind) {
    case 'card':
      return {
        ...{ asked, nonce, thread, kind, jobId: message.card.jobId, text: JSON.stringify(message.card) },
        isEnd: message.card.endedAtMs !== undefined,
      }
    case 'answer':
      return {
        asked,
        nonce,
        thread,
        kind,
        jobId: message.answer.jobId,
        text: message.answer.markdown,
        isEnd: true,
      }
    case 'notice':
      return { asked, nonce, thread, kind, jobId: '', text: message.notice.text, isEnd: true }
    case 'question':
    case 'approval': {
      const { jobId, state } = message.kind === 'question' ? message.question : message.approval
      return { asked, nonce, thread, kind, jobId, text: JSON.stringify(message), isEnd: state !== 'open' }
    }
  }
}

async function rowsOf(sql: postgres.Sql) {
  const [jobs, tasks, steps, usage, events, budgets, deliveries, answers, left] = await Promise.all([
    sql<Seen['jobs'][number][]>`
      select id, tenant_id as "tenantId", state, error_kind as "errorKind", event_seq::float8 as "eventSeq" from loom.jobs`,
    sql<Seen['tasks'][number][]>`
      select id, job_id as "jobId", kind, state, steps, reserved_micro_usd::float8 as reserved,
             cost_micro_usd::float8 as cost from loom.tasks`,
    sql<Seen['steps'][number][]>`
      select id, tenant_id as "tenantId", job_id as "jobId", task_id as "taskId", ordinal, state from loom.steps`,
    sql<Seen['usage'][number][]>`
      select subject_id as "subjectId", tenant_id as "tenantId", job_id as "jobId", task_id as "taskId",
             cost_micro_usd::float8 as cost from loom.usage_events where kind = 'step'`,
    sql<Seen['events'][number][]>`
      select job_id as "jobId", count(*)::int as count, max(seq)::float8 as last from loom.events group by job_id`,
    sql<Seen['budgets'][number][]>`
      select tenant_id as "tenantId", scope, key, cap_micro_usd::float8 as cap,
             reserved_micro_usd::float8 as reserved, settled_micro_usd::float8 as settled from loom.budgets`,
    sql<Seen['deliveries'][number][]>`select id, job_id as "jobId", kind, state from loom.deliveries`,
    sql<{ jobId: string; count: number }[]>`
      select j.id as "jobId", count(m.id)::int as count from loom.jobs j
      join loom.job_threads t on t.job_id = j.id and t.tenant_id = j.tenant_id
      left join loom.messages m on m.thread_id = t.thread_id and m.tenant_id = t.tenant_id and m.author = 'loom'
      group by j.id`,
    sql<{ ready: number; due: number }[]>`
      select (select count(*) from loom.ready_tasks)::int as ready,
             (select count(*) from loom.due_deliveries)::int as due`,
  ])
  const { due = 0, ready = 0 } = left[0] ?? {}
  return { jobs, tasks, steps, usage, events, budgets, deliveries, answers, ready, due }
}
