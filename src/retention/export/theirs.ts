import type { Tx } from '../../storage/database.ts'
import { identitiesOf } from '../../storage/identities/same-person.ts'
import type { TableKey } from '../../storage/schema/names.ts'
import type { About } from './deps.ts'

type Condition = ReturnType<typeof identitiesOf>

/**
 * Which rows of a table are a person's own, as a condition on `t`; `undefined` where none is. The rule: **what they wrote is
 * theirs, and so is what was made because they asked.** Of the briefs that they asked for: the transcript with plan, steps,
 * questions, approvals and answer, the artifacts, their costs. From everywhere: their messages, feedback, presses, answers to
 * questions, recurring briefs, stars on files whose brief is gone, audit rows by them, and what Loom knows of who they are.
 *
 * Not theirs, though it stands in the thread of their brief: what others wrote and attached. It is left out, and the
 * transcript says `somebody else` where it stood. A brief that took words or files of others leaves without what its tools
 * read (`mixedBriefs`), because that is where these would stand word for word; what its agents wrote of it stays, since it
 * was written for this person, without the names of others. Settings, money and keys of the account are the account's.
 */
export function theirRows(tx: Tx, about: About, key: TableKey): Condition | undefined {
  if (nobodys.includes(key)) return undefined
  if (about.form === 'tenant') return tx.sql`true`
  return conditions[key]?.(of(tx, about.identityId))
}

/**
 * What stands in no export: rings and timers, keyed hashes alone, and what is the installation's. What was to be posted is
 * made of other rows when it is posted; its own texts are words to single people.
 */
const nobodys: readonly TableKey[] = [
  ...(['directory', 'readyTasks', 'dueDeliveries', 'timers', 'inbox'] as const),
  ...(['providerLimits', 'policyRuns', 'policyVersions', 'ledgerPosition'] as const),
]

/** Tables of which an export has a file, in the order of the schema. */
export function isExported(key: TableKey, { form }: About): boolean {
  return !nobodys.includes(key) && (form === 'tenant' || conditions[key] !== undefined)
}

interface Of {
  sql: Tx['sql']
  own: Condition
  briefs: Condition
  jobs: Condition
}

function of(tx: Tx, identityId: string): Of {
  const { sql } = tx
  const own = identitiesOf(tx, identityId)
  const briefs = sql`(select b.id from loom.briefs b where b.asked_by in ${own})`
  return { sql, own, briefs, jobs: sql`(select j.id from loom.jobs j where j.brief_id in ${briefs})` }
}

const ofJobs = ({ jobs, sql }: Of) => sql`t.job_id in ${jobs}`
const ofBriefs = ({ briefs, sql }: Of) => sql`t.brief_id in ${briefs}`

/** One that stands here under nothing is not in a person's export; a new table is decided here, or does not compile. */
const conditions: Readonly<Record<TableKey, ((of: Of) => Condition) | undefined>> = {
  approvals: ({ jobs, own, sql }) => sql`(t.job_id in ${jobs} or t.pressed_by in ${own})`,
  artifacts: ({ jobs, own, sql }) => sql`(t.job_id in ${jobs} or (t.starred_by in ${own}
    and not exists (select 1 from loom.jobs gone where gone.id = t.job_id)))`,
  attachments: ofBriefs,
  auditLog: ({ own, sql }) => sql`t.actor_id in ${own}`,
  blobs: undefined,
  briefMessages: ofBriefs,
  briefs: ({ own, sql }) => sql`t.asked_by in ${own}`,
  budgets: ({ jobs, sql }) => sql`t.scope = 'job' and t.key in (select id::text from ${jobs} as j (id))`,
  deliveries: undefined,
  directory: undefined,
  dueDeliveries: undefined,
  events: ofJobs,
  exports: ({ own, sql }) => sql`t.identity_id in ${own}`,
  feedback: ({ own, sql }) => sql`t.identity_id in ${own}`,
  identities: ({ own, sql }) => sql`t.id in ${own}`,
  inbox: undefined,
  installations: undefined,
  jobPeople: ({ own, sql }) => sql`t.identity_id in ${own}`,
  jobThreads: ofJobs,
  jobs: ({ briefs, sql }) => sql`t.brief_id in ${briefs}`,
  ledgerPosition: undefined,
  members: ({ own, sql }) =>
    sql`t.id in (select i.member_id from loom.identities i where i.id in ${own} and i.member_id is not null)`,
  messages: ({ briefs, own, sql }) => sql`(t.identity_id in ${own} or (t.author = 'loom' and t.id in (
    select j.answer_message_id from loom.jobs j where j.brief_id in ${briefs})))`,
  notices: ({ own, sql }) =>
    sql`t.member_id in (select i.member_id from loom.identities i where i.id in ${own} and i.member_id is not null)`,
  policyRuns: undefined,
  policyVersions: undefined,
  providerKeys: undefined,
  providerLimits: undefined,
  questions: ({ jobs, own, sql }) => sql`(t.job_id in ${jobs} or t.answered_by in ${own})`,
  readyTasks: undefined,
  requests: ({ own, sql }) => sql`t.identity_id in ${own}`,
  schedules: ({ own, sql }) => sql`t.created_by in ${own}`,
  stepMessages: undefined,
  steps: ofJobs,
  taints: ofJobs,
  taskNeeds: ({ jobs, sql }) => sql`t.task_id in (select k.id from loom.tasks k where k.job_id in ${jobs})`,
  tasks: ofJobs,
  tenants: undefined,
  threads: ({ briefs, own, sql }) => sql`t.id in (
    select b.thread_id from loom.briefs b where b.id in ${briefs}
    union select m.thread_id from loom.messages m where m.identity_id in ${own})`,
  timers: undefined,
  tombstones: ({ own, sql }) => sql`t.subject_kind = 'identity' and t.subject_id in ${own}`,
  usageEvents: ofJobs,
  workspaceFiles: ofJobs,
}
