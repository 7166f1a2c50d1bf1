import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { identities } from './accounts.ts'
import { bytes, created, inList, loom, microUsd, moment, oneOf, owned, sealed } from './columns.ts'
import { messages, threads } from './conversation.ts'
import { jobs, tasks } from './jobs.ts'

const pressStates = ['open', 'approved', 'denied', 'expired', 'withdrawn'] as const

/** A button that a destructive tool waits for, bound to person, job, arguments and expiry. */
export const approvals = loom.table(
  'approvals',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id').notNull(),
    stepId: uuid('step_id').notNull(),
    callId: text('call_id').notNull(),
    tool: text('tool').notNull(),
    argumentsHash: bytes('arguments_hash').notNull(),
    argumentsSealed: sealed('arguments_sealed').notNull(),
    requestedOf: uuid('requested_of'),
    state: oneOf('state', pressStates).notNull().default('open'),
    pressedBy: uuid('pressed_by'),
    pressedAt: moment('pressed_at'),
    expiresAt: moment('expires_at').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('approvals_once').on(t.tenantId, t.stepId, t.callId),
    index('approvals_by_job').on(t.tenantId, t.jobId),
    index('approvals_by_task').on(t.tenantId, t.taskId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.taskId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.tenantId, t.requestedOf],
      foreignColumns: [identities.tenantId, identities.id],
    }),
    foreignKey({ columns: [t.tenantId, t.pressedBy], foreignColumns: [identities.tenantId, identities.id] }),
    check('approvals_state', inList('state', pressStates)),
  ],
)

const questionStates = ['open', 'answered', 'expired', 'withdrawn'] as const

export const questions = loom.table(
  'questions',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id').notNull(),
    stepId: uuid('step_id').notNull(),
    callId: text('call_id').notNull(),
    /** The question and its choices: JSON. */
    bodySealed: sealed('body_sealed').notNull(),
    state: oneOf('state', questionStates).notNull().default('open'),
    answerMessageId: uuid('answer_message_id'),
    answeredBy: uuid('answered_by'),
    expiresAt: moment('expires_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('questions_once').on(t.tenantId, t.stepId, t.callId),
    index('questions_by_job').on(t.tenantId, t.jobId),
    index('questions_by_task').on(t.tenantId, t.taskId),
    index('questions_by_answer').on(t.tenantId, t.answerMessageId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.taskId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.tenantId, t.answerMessageId],
      foreignColumns: [messages.tenantId, messages.id],
    }),
    foreignKey({ columns: [t.tenantId, t.answeredBy], foreignColumns: [identities.tenantId, identities.id] }),
    check('questions_state', inList('state', questionStates)),
  ],
)

/** A recurring brief. `rule` is a cron expression, read in `time_zone` (IANA). */
export const schedules = loom.table(
  'schedules',
  {
    ...owned(),
    threadId: uuid('thread_id').notNull(),
    createdBy: uuid('created_by'),
    promptSealed: sealed('prompt_sealed').notNull(),
    rule: text('rule').notNull(),
    timeZone: text('time_zone').notNull(),
    capMicroUsd: microUsd('cap_micro_usd').notNull(),
    paused: boolean('paused').notNull().default(false),
    nextAt: moment('next_at'),
    lastRunAt: moment('last_run_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({ columns: [t.tenantId, t.threadId], foreignColumns: [threads.tenantId, threads.id] }),
    foreignKey({ columns: [t.tenantId, t.createdBy], foreignColumns: [identities.tenantId, identities.id] }),
  ],
)

export const feedback = loom.table(
  'feedback',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    identityId: uuid('identity_id').notNull(),
    value: integer('value').notNull(),
    commentSealed: sealed('comment_sealed'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('feedback_once').on(t.tenantId, t.jobId, t.identityId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.identityId], foreignColumns: [identities.tenantId, identities.id] }),
  ],
)

const taintSources = ['thread', 'attachment', 'web', 'tool'] as const

/** Where outside material entered a job; it follows the files that were made of it. */
export const taints = loom.table(
  'taints',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id'),
    source: oneOf('source', taintSources).notNull(),
    /** The message, attachment or step it came by. */
    subjectId: uuid('subject_id').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('taints_once').on(t.tenantId, t.jobId, t.subjectId),
    index('taints_by_job').on(t.tenantId, t.jobId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    check('taints_source', inList('source', taintSources)),
  ],
)
