import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { jobStates } from '../../core/job-states.ts'
import { failurePolicies, lanes, suspendReasons, taskKinds, taskStates, tiers } from '../../core/words.ts'
import { identities } from './accounts.ts'
import { created, inList, loom, microUsd, moment, oneOf, owned, sealed } from './columns.ts'
import { briefs, messages, threads } from './conversation.ts'

export const jobs = loom.table(
  'jobs',
  {
    ...owned(),
    briefId: uuid('brief_id').notNull(),
    state: oneOf('state', jobStates).notNull(),
    reason: oneOf('reason', suspendReasons),
    /** The job this one follows up in the same thread. */
    followsJobId: uuid('follows_job_id'),
    titleSealed: sealed('title_sealed'),
    answerMessageId: uuid('answer_message_id'),
    errorKind: text('error_kind'),
    capMicroUsd: microUsd('cap_micro_usd').notNull(),
    /** What its plan is expected to cost, at least and at most. */
    estimateLeastMicroUsd: microUsd('estimate_least_micro_usd'),
    estimateMostMicroUsd: microUsd('estimate_most_micro_usd'),
    /** How often its plan was changed after it began: bounded. */
    replans: integer('replans').notNull().default(0),
    /** The last sequence number given to an event of this job. */
    eventSeq: bigint('event_seq', { mode: 'number' }).notNull().default(0),
    tainted: boolean('tainted').notNull().default(false),
    createdAt: created(),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('jobs_by_brief').on(t.tenantId, t.briefId),
    index('jobs_by_followed').on(t.tenantId, t.followsJobId),
    index('jobs_by_answer').on(t.tenantId, t.answerMessageId),
    index('jobs_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId, t.briefId], foreignColumns: [briefs.tenantId, briefs.id] }),
    foreignKey({
      columns: [t.tenantId, t.answerMessageId],
      foreignColumns: [messages.tenantId, messages.id],
    }),
    check('jobs_state', inList('state', jobStates)),
    check('jobs_reason', inList('reason', suspendReasons)),
  ],
)

const threadParts = ['origin', 'watcher'] as const

/** The threads a job is seen in. While it lives, no other job lives in any of them. */
export const jobThreads = loom.table(
  'job_threads',
  {
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id').notNull(),
    threadId: uuid('thread_id').notNull(),
    part: oneOf('part', threadParts).notNull(),
    live: boolean('live').notNull().default(true),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.jobId, t.threadId] }),
    uniqueIndex('job_threads_one_live').on(t.tenantId, t.threadId).where(sql`live`),
    index('job_threads_by_thread').on(t.tenantId, t.threadId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.threadId], foreignColumns: [threads.tenantId, threads.id] }),
    check('job_threads_part', inList('part', threadParts)),
  ],
)

/**
 * Whose words a job took: who asked, whose messages it read, and those of the jobs that it goes on from. It outlives the
 * messages and the job for as long as a file of the job is kept, so that what was made of somebody's words is found when
 * they want it forgotten.
 */
export const jobPeople = loom.table(
  'job_people',
  {
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id').notNull(),
    identityId: uuid('identity_id').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.jobId, t.identityId] }),
    index('job_people_by_identity').on(t.tenantId, t.identityId),
    foreignKey({ columns: [t.tenantId, t.identityId], foreignColumns: [identities.tenantId, identities.id] }),
  ],
)

/** One piece of a job's plan, done by one agent. Gathering, planning and synthesis are tasks of system agents. */
export const tasks = loom.table(
  'tasks',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    kind: oneOf('kind', taskKinds).notNull(),
    lane: oneOf('lane', lanes).notNull(),
    position: integer('position').notNull(),
    titleSealed: sealed('title_sealed').notNull(),
    /** The task's name in its plan, objective, output format, files: JSON. */
    specSealed: sealed('spec_sealed').notNull(),
    state: oneOf('state', taskStates).notNull(),
    tier: oneOf('tier', tiers).notNull(),
    /** Whether the job's answer is what this task says at its end. */
    answers: boolean('answers').notNull().default(false),
    /** How many of the tasks it needs have not ended. */
    waitingOn: integer('waiting_on').notNull().default(0),
    ifFails: oneOf('if_fails', failurePolicies).notNull().default('go_without'),
    /** How many of its needs must end well for it to be worth starting; all may fail without it. */
    enough: integer('enough'),
    maxSteps: integer('max_steps').notNull(),
    steps: integer('steps').notNull().default(0),
    /** Steps before this one belong to a try that was given up: kept, and not read again. */
    firstStep: integer('first_step').notNull().default(0),
    costMicroUsd: microUsd('cost_micro_usd').notNull().default(0),
    /** What the task holds of its budgets now. */
    reservedMicroUsd: microUsd('reserved_micro_usd').notNull().default(0),
    activitySealed: sealed('activity_sealed'),
    /** The short hand-over to the tasks that need this one. */
    resultSealed: sealed('result_sealed'),
    errorKind: text('error_kind'),
    createdAt: created(),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('tasks_position').on(t.tenantId, t.jobId, t.position),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    check('tasks_kind', inList('kind', taskKinds)),
    check('tasks_lane', inList('lane', lanes)),
    check('tasks_state', inList('state', taskStates)),
    check('tasks_tier', inList('tier', tiers)),
    check('tasks_if_fails', inList('if_fails', failurePolicies)),
  ],
)

export const taskNeeds = loom.table(
  'task_needs',
  {
    tenantId: uuid('tenant_id').notNull(),
    taskId: uuid('task_id').notNull(),
    needsId: uuid('needs_id').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.taskId, t.needsId] }),
    index('task_needs_reverse').on(t.tenantId, t.needsId),
    foreignKey({ columns: [t.tenantId, t.taskId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.needsId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
  ],
)

const stepStates = ['replied', 'committed'] as const

/**
 * One model call and the tool calls that it asked for. `replied` is a reply that asks for an effect outside and
 * waits for it; everything else is written once, as `committed`.
 */
export const steps = loom.table(
  'steps',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    state: oneOf('state', stepStates).notNull(),
    replySealed: sealed('reply_sealed').notNull(),
    resultsSealed: sealed('results_sealed'),
    /** What an agent needs to know of the steps before this ordinal, when it no longer reads them. */
    standsForBefore: integer('stands_for_before'),
    summarySealed: sealed('summary_sealed'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('steps_once').on(t.tenantId, t.taskId, t.ordinal),
    index('steps_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId, t.taskId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
    check('steps_state', inList('state', stepStates)),
  ],
)

/** Which messages of people a step had read for the first time. */
export const stepMessages = loom.table(
  'step_messages',
  {
    tenantId: uuid('tenant_id').notNull(),
    stepId: uuid('step_id').notNull(),
    messageId: uuid('message_id').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.stepId, t.messageId] }),
    index('step_messages_by_message').on(t.tenantId, t.messageId),
    foreignKey({ columns: [t.tenantId, t.stepId], foreignColumns: [steps.tenantId, steps.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.tenantId, t.messageId],
      foreignColumns: [messages.tenantId, messages.id],
    }).onDelete('cascade'),
  ],
)

/** What happened to a job, in order, without gaps: the source of every live view. */
export const events = loom.table(
  'events',
  {
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    kind: text('kind').notNull(),
    taskId: uuid('task_id'),
    bodySealed: sealed('body_sealed').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.jobId, t.seq] }),
    index('events_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
  ],
)
