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
  uuid,
} from 'drizzle-orm/pg-core'
import { attachmentStates, platforms } from '../../core/words.ts'
import { identities, installations, tenants } from './accounts.ts'
import { bytes, created, inList, loom, microUsd, moment, oneOf, owned, sealed } from './columns.ts'

export const threads = loom.table(
  'threads',
  {
    ...owned(),
    installationId: uuid('installation_id').notNull(),
    platform: oneOf('platform', platforms).notNull(),
    /** The `ThreadId`: ids of the platform, no names. */
    address: text('address').notNull(),
    /** When what was said before Loom came was fetched: once, since from then on every message comes as an event. */
    historyAt: moment('history_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('threads_address').on(t.tenantId, t.address),
    index('threads_by_installation').on(t.tenantId, t.installationId),
    foreignKey({
      columns: [t.tenantId, t.installationId],
      foreignColumns: [installations.tenantId, installations.id],
    }),
    check('threads_platform', inList('platform', platforms)),
  ],
)

const authors = ['person', 'loom', 'bot'] as const

/** A message, stored once, with its author. Steps and briefs cite it by id and never copy its text. */
export const messages = loom.table(
  'messages',
  {
    ...owned(),
    threadId: uuid('thread_id').notNull(),
    author: oneOf('author', authors).notNull(),
    identityId: uuid('identity_id'),
    /** The platform's id of the message, keyed: the same message is stored once. */
    externalHash: bytes('external_hash'),
    bodySealed: sealed('body_sealed').notNull(),
    /** The files that came with it, as `FileSource`s: JSON. */
    filesSealed: sealed('files_sealed'),
    saidAt: moment('said_at').notNull(),
    /** Its author took it back on the platform: the body is empty from then on. */
    removedAt: moment('removed_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('messages_external').on(t.tenantId, t.threadId, t.externalHash),
    index('messages_by_author').on(t.tenantId, t.identityId),
    index('messages_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId, t.threadId], foreignColumns: [threads.tenantId, threads.id] }),
    foreignKey({ columns: [t.tenantId, t.identityId], foreignColumns: [identities.tenantId, identities.id] }),
    check('messages_author', inList('author', authors)),
  ],
)

/** What was asked: the prompt and the thread's messages are cited, the files are attachments. */
export const briefs = loom.table(
  'briefs',
  {
    ...owned(),
    threadId: uuid('thread_id').notNull(),
    promptMessageId: uuid('prompt_message_id').notNull(),
    askedBy: uuid('asked_by'),
    scheduleId: uuid('schedule_id'),
    capMicroUsd: microUsd('cap_micro_usd').notNull(),
    /** Keyed hash of prompt and files: the same command in the same place finds its unfinished run again. */
    digest: bytes('digest'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('briefs_by_thread').on(t.tenantId, t.threadId),
    index('briefs_by_prompt').on(t.tenantId, t.promptMessageId),
    index('briefs_by_asker').on(t.tenantId, t.askedBy),
    index('briefs_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId, t.threadId], foreignColumns: [threads.tenantId, threads.id] }),
    foreignKey({
      columns: [t.tenantId, t.promptMessageId],
      foreignColumns: [messages.tenantId, messages.id],
    }),
    foreignKey({ columns: [t.tenantId, t.askedBy], foreignColumns: [identities.tenantId, identities.id] }),
  ],
)

/** The thread's messages that a brief takes as its context, in order. */
export const briefMessages = loom.table(
  'brief_messages',
  {
    tenantId: uuid('tenant_id').notNull(),
    briefId: uuid('brief_id').notNull(),
    messageId: uuid('message_id').notNull(),
    position: integer('position').notNull(),
    /** The one agent it was said to; to all of them without it. */
    toTaskId: uuid('to_task_id'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.briefId, t.messageId] }),
    index('brief_messages_by_message').on(t.tenantId, t.messageId),
    foreignKey({ columns: [t.tenantId, t.briefId], foreignColumns: [briefs.tenantId, briefs.id] }).onDelete(
      'cascade',
    ),
    // A message that goes takes its citations with it.
    foreignKey({
      columns: [t.tenantId, t.messageId],
      foreignColumns: [messages.tenantId, messages.id],
    }).onDelete('cascade'),
  ],
)

/** A file that came with a brief: first a source to fetch, then an object of the workspace, or refused with a reason. */
export const attachments = loom.table(
  'attachments',
  {
    ...owned(),
    briefId: uuid('brief_id').notNull(),
    position: integer('position').notNull(),
    state: oneOf('state', attachmentStates).notNull().default('pending'),
    /** Where the file is fetched from, as its port understands it; sealed for the purpose `content`. */
    sourceSealed: sealed('source_sealed'),
    nameSealed: sealed('name_sealed').notNull(),
    /** Where it stands in the workspace, once it is stored: `inputs/churn.csv`. */
    pathSealed: sealed('path_sealed'),
    /** The sentence for the person when it was refused. */
    reasonSealed: sealed('reason_sealed'),
    sha256: text('sha256'),
    bytes: bigint('bytes', { mode: 'number' }),
    mediaType: text('media_type'),
    tainted: boolean('tainted').notNull().default(true),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('attachments_position').on(t.tenantId, t.briefId, t.position),
    foreignKey({ columns: [t.tenantId, t.briefId], foreignColumns: [briefs.tenantId, briefs.id] }).onDelete(
      'cascade',
    ),
    check('attachments_state', inList('state', attachmentStates)),
  ],
)

/** What already came in: one row for each message, press or command of a platform, whatever it led to. */
export const inbox = loom.table(
  'inbox',
  {
    tenantId: uuid('tenant_id').notNull(),
    keyHash: bytes('key_hash').notNull(),
    kind: text('kind').notNull(),
    jobId: uuid('job_id'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.keyHash] }),
    index('inbox_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
  ],
)
