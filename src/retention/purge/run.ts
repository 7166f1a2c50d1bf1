import { LoomError } from '../../core/errors.ts'
import { keepDays } from '../../core/keep-days.ts'
import { endOverdueJobs } from '../../storage/jobs/end-overdue.ts'
import { type ClassAge, measureAges } from './ages.ts'
import { purgeArtifacts } from './artifacts.ts'
import { purgeBriefs } from './briefs.ts'
import { purgeByAge, tablesByAge } from './by-age.ts'
import { batch, type PurgeDeps } from './deps.ts'
import { purgeMessages } from './messages.ts'
import { purgeObjects } from './objects.ts'
import { findUncited, purgeUncited } from './uncited.ts'
import { purgeWaiting } from './waiting.ts'

export interface PurgeReport {
  /** How many went, by what removed them: rows, and objects without a row. */
  removed: Record<string, number>
  endedJobs: number
  ages: ClassAge[]
  /** Classes that could not be purged, with the kind of what was in the way; the others were. */
  faults: { class: string; kind: string; detail: string | undefined }[]
  tookMs: number
}

const periods = { suspended: keepDays.suspendedJob, life: keepDays.jobLife, kept: keepDays.brief }

/**
 * Removes everything that is over its time, in short transactions in the order of the foreign keys. It can be killed
 * anywhere and begun again: what was done is done, what was begun is found again. Objects go before the rows that name
 * them, which nobody can read any more. Any number may run at once. A class that cannot be purged does not stop the
 * others; throws `unavailable` when the database or the object store does not answer.
 */
export async function purge(deps: PurgeDeps): Promise<PurgeReport> {
  const beganMs = performance.now()
  const report: PurgeReport = { removed: {}, endedJobs: 0, ages: [], faults: [], tookMs: 0 }
  const run = async (name: string, work: () => Promise<number>): Promise<void> => {
    deps.at?.(name)
    try {
      report.removed[name] = (report.removed[name] ?? 0) + (await work())
    } catch (thrown) {
      if (!(thrown instanceof LoomError) || thrown.kind === 'unavailable') throw thrown
      const { detail, kind } = thrown
      deps.store.log.error({ class: name, kind, detail }, 'a class could not be purged')
      report.faults.push({ class: name, kind, detail })
    }
  }
  const tenants = await allTenants(deps)
  for (const { state, tenantId } of tenants) {
    if (state === 'tombstoned') continue
    const context = { tenantId, actor: { kind: 'system' } } as const
    await run('jobs', async () => {
      report.endedJobs += (await endOverdueJobs(deps.front, context, periods)).length
      return 0
    })
  }
  for (const table of tablesByAge()) await run(table.key, () => purgeByAge(deps, table))
  await run('briefs', () => purgeBriefs(deps))
  await run('artifacts', () => purgeArtifacts(deps))
  await run('messages', async () => {
    const { held, removed } = await purgeMessages(deps)
    if (held === 0) return removed
    report.removed.messages = removed
    const message = 'Something still refers to messages whose time is over.'
    throw new LoomError({ kind: 'conflict', message, detail: `${held} held`, retryable: false })
  })
  const unless = await findUncited(deps)
  for (const { tenantId } of tenants) await run('uncited', () => purgeUncited(deps, tenantId, unless))
  await run('waiting', () => purgeWaiting(deps))
  await run('objects', () => purgeObjects(deps))
  report.ages = await measureAges(deps)
  report.tookMs = Math.round(performance.now() - beganMs)
  return report
}

/** Every account that is there, fenced and tombstoned ones too: their rows grow old like others. */
async function allTenants(deps: PurgeDeps): Promise<{ tenantId: string; state: string }[]> {
  const rows = await batch(
    deps,
    ({ sql }) => sql<{ tenant_id: string; state: string }[]>`
      select tenant_id, state from loom.tenants order by 1`,
  )
  return rows.map((row) => ({ tenantId: row.tenant_id, state: row.state }))
}
