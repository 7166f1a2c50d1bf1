import type { PurgeDeps } from '../../src/retention/purge/deps.ts'
import { type PurgeReport, purge } from '../../src/retention/purge/run.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { objectKeys } from '../../src/storage/objects/keys.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { systemOf, type Tenant } from '../storage/support/bed.ts'
import { commitOf, done, fileOf, type PlannedJob, stepOf, workingTask } from '../storage/support/jobs.ts'
import type { TestBed } from '../support/store.ts'

export const purgeDeps = (bed: TestBed, part: Partial<PurgeDeps> = {}): PurgeDeps => ({
  store: bed.store('loom_purge'),
  front: bed.store('loom_app'),
  ...part,
})

export const runPurge = (bed: TestBed, part: Partial<PurgeDeps> = {}): Promise<PurgeReport> =>
  purge(purgeDeps(bed, part))

/** A job that ran to its end by the clock of its bed and wrote these files, path by content. */
export async function finishedJob(
  bed: TestBed,
  tenant: Tenant,
  files: Record<string, string>,
): Promise<PlannedJob & { artifactIds: Map<string, string> }> {
  const holder = bed.store().newId()
  const job = await workingTask(bed, tenant, { holder, graph: { a: [] } })
  for (const [path, content] of Object.entries(files)) {
    const { sha256 } = fileOf(path, content)
    const key = objectKeys.blob({ tenantId: tenant.tenantId, jobId: job.jobId }, sha256)
    await bed.store().objects.put(key, Buffer.from(content), { mediaType: 'text/markdown' })
  }
  const written = Object.entries(files).map(([path, content]) => fileOf(path, content))
  await commitSteps(tenant.store, systemOf(tenant), {
    holder,
    commits: [commitOf(job.held, job.keys, { step: stepOf(), files: written, ...done() })],
  })
  await stopJob(tenant.store, systemOf(tenant), { jobId: job.jobId, state: 'done', answer: 'The answer.' })
  const rows = await bed.admin`select id, sha256 from loom.artifacts where job_id = ${job.jobId}`
  const artifactIds = new Map(
    Object.entries(files).flatMap(([path, content]) => {
      const row = rows.find(({ sha256 }) => sha256 === fileOf(path, content).sha256)
      return row ? [[path, String(row.id)] as const] : []
    }),
  )
  return { ...job, artifactIds }
}

/** How many rows a table has, of one tenant or of all, as somebody sees it who sees everything. */
export async function countOf(bed: TestBed, table: string, tenantId?: string): Promise<number> {
  const { admin } = bed
  const [row] = await admin`
    select count(*)::int as count from loom.${admin(table)} ${tenantId ? admin`where tenant_id = ${tenantId}` : admin``}`
  return Number(row?.count)
}

export async function keysOf(bed: TestBed, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of bed.store().objects.list(prefix)) keys.push(key)
  return keys
}
