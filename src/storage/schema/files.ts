import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { identities } from './accounts.ts'
import { bytes, created, loom, moment, owned, sealed } from './columns.ts'
import { jobs, tasks } from './jobs.ts'

/** An immutable object under the job's prefix. */
export const blobs = loom.table(
  'blobs',
  {
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id').notNull(),
    sha256: text('sha256').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    mediaType: text('media_type').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.jobId, t.sha256] }),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
  ],
)

/** What a task wrote at a path, at one of its steps. The newest row of a task and path is what stands there. */
export const workspaceFiles = loom.table(
  'workspace_files',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    pathHash: bytes('path_hash').notNull(),
    pathSealed: sealed('path_sealed').notNull(),
    sha256: text('sha256').notNull(),
    tainted: boolean('tainted').notNull().default(false),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('workspace_files_once').on(t.tenantId, t.taskId, t.pathHash, t.ordinal),
    index('workspace_files_by_job').on(t.tenantId, t.jobId),
    foreignKey({ columns: [t.tenantId, t.taskId], foreignColumns: [tasks.tenantId, tasks.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.tenantId, t.jobId, t.sha256],
      foreignColumns: [blobs.tenantId, blobs.jobId, blobs.sha256],
    }),
  ],
)

/**
 * A file under `final/`. It may outlive its job (a star keeps it), so nothing ties it to the job's rows.
 * `expires_at` is empty while it is starred.
 */
export const artifacts = loom.table(
  'artifacts',
  {
    ...owned(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id').notNull(),
    pathHash: bytes('path_hash').notNull(),
    pathSealed: sealed('path_sealed').notNull(),
    sha256: text('sha256').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    mediaType: text('media_type').notNull(),
    tainted: boolean('tainted').notNull().default(false),
    starredAt: moment('starred_at'),
    starredBy: uuid('starred_by'),
    expiresAt: moment('expires_at'),
    /** Links made before this moment no longer open. */
    linksRevokedAt: moment('links_revoked_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('artifacts_path').on(t.tenantId, t.jobId, t.pathHash),
    index('artifacts_by_expiry').on(t.expiresAt),
    index('artifacts_by_star').on(t.tenantId, t.starredBy),
    foreignKey({ columns: [t.tenantId, t.starredBy], foreignColumns: [identities.tenantId, identities.id] }),
  ],
)
