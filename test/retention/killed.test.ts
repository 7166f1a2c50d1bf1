import { afterEach, describe, expect, inject, it } from 'vitest'
import { starArtifact } from '../../src/storage/artifacts/change.ts'
import { openTenant, useBed } from '../storage/support/bed.ts'
import { createClock } from '../support/clock.ts'
import { countOf, finishedJob, keysOf, runPurge } from './support.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { keepRows: true, clock })
afterEach(() => clock.goTo(0))

class Killed extends Error {}

/** A purge that dies at the nth point it passes; answers whether it got to its end before. */
async function purgeUntil(points: number): Promise<boolean> {
  let left = points
  const at = () => {
    left -= 1
    if (left < 0) throw new Killed()
  }
  return runPurge(bed(), { at, rows: 3 }).then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof Killed) return false
      throw thrown
    },
  )
}

describe('a purge that is killed', () => {
  it('at every point in turn leaves nothing behind that a later one does not find', async () => {
    const tenant = await openTenant(bed())
    const files = {
      'final/kept.md': 'kept',
      'final/gone.md': 'gone',
      'final/too.md': 'kept',
      'notes.md': 'notes',
    }
    const jobs = [await finishedJob(bed(), tenant, files), await finishedJob(bed(), tenant, files)]
    for (const { artifactIds } of jobs) {
      await starArtifact(tenant.store, tenant.context, { artifactId: artifactIds.get('final/kept.md') ?? '' })
    }
    await clock.goTo(90.1)
    let points = 0
    // Each begins where the one before was killed, and dies one point later.
    while (!(await purgeUntil(points))) points += 1
    expect(points).toBeGreaterThan(15)
    for (const table of ['jobs', 'briefs', 'tasks', 'steps', 'events', 'blobs', 'workspace_files']) {
      expect([table, await countOf(bed(), table, tenant.tenantId)]).toEqual([table, 0])
    }
    expect(await countOf(bed(), 'artifacts', tenant.tenantId)).toBe(2)
    expect(await keysOf(bed(), tenant.tenantId)).toHaveLength(2)
  })

  it('twice at once, by two processes, removes each row once and waits for nobody', async () => {
    const tenants = [await openTenant(bed()), await openTenant(bed())]
    for (const tenant of tenants) {
      for (let at = 0; at < 5; at += 1) await finishedJob(bed(), tenant, { 'final/a.md': `a ${at}` })
    }
    await clock.goTo(90.1)
    const there = await countOf(bed(), 'events')
    const reports = await Promise.all([runPurge(bed(), { rows: 5 }), runPurge(bed(), { rows: 5 })])
    expect(reports.flatMap(({ faults }) => faults)).toEqual([])
    expect(reports.reduce((sum, { removed }) => sum + (removed.events ?? 0), 0)).toBe(there)
    for (const table of ['jobs', 'briefs', 'events', 'artifacts']) {
      expect([table, await countOf(bed(), table)]).toEqual([table, table === 'artifacts' ? 2 : 0])
    }
  })

  it('goes past a row that somebody holds, and takes it the next night', async () => {
    const tenant = await openTenant(bed())
    await finishedJob(bed(), tenant, { 'final/a.md': 'a' })
    await clock.goTo(90.1)
    const held = await bed().admin.reserve()
    await held`begin`
    await held`select 1 from loom.jobs where tenant_id = ${tenant.tenantId} for update`
    const report = await runPurge(bed())
    expect(await countOf(bed(), 'jobs', tenant.tenantId)).toBe(1)
    expect(report.faults.map(({ class: name }) => name)).not.toContain('events')
    await held`rollback`
    held.release()
    expect((await runPurge(bed())).faults).toEqual([])
    expect(await countOf(bed(), 'jobs', tenant.tenantId)).toBe(0)
  })
})
