import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { revokeLinks, starArtifact, unstarArtifact } from '../../src/storage/artifacts/change.ts'
import { findArtifact } from '../../src/storage/artifacts/find.ts'
import { revokeInstallation } from '../../src/storage/installations/revoke.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { createClock } from '../support/clock.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { commitOf, fileOf, stepOf, workingTask } from './support/jobs.ts'

const dayMs = 86_400_000

describeOneServer('an artifact', (server) => {
  const bed = useBed(server)

  const write = async (tenant: Tenant) => {
    const holder = randomUUID()
    const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
    const file = fileOf('final/report.md', 'the report')
    await commitSteps(tenant.store, systemOf(tenant), {
      holder,
      commits: [commitOf(held, keys, { step: stepOf(), files: [file] })],
    })
    const row = only(await bed().admin`select id from loom.artifacts where job_id = ${jobId}`)
    return { artifactId: String(row.id), file, jobId }
  }
  const rowOf = async (artifactId: string) =>
    only(await bed().admin`select * from loom.artifacts where id = ${artifactId}`)
  const find = (tenant: Tenant, artifactId: string, issuedAtMs = Date.now()) =>
    findArtifact(tenant.store, tenant.context, { artifactId, issuedAtMs })
  const actionsOf = async (artifactId: string) => {
    const rows = await bed()
      .admin`select action, actor_id from loom.audit_log where subject_id = ${artifactId} order by id`
    return rows.map((row) => row.action)
  }

  it('is found with its path, type, size and hash, for 90 days from its writing', async () => {
    const tenant = await openTenant(bed())
    const { artifactId, file, jobId } = await write(tenant)
    const { writtenBy: _, ...described } = file
    expect(await find(tenant, artifactId)).toEqual({ artifactId, jobId, ...described })
    const row = await rowOf(artifactId)
    expect(Math.abs(row.expires_at.getTime() - row.created_at.getTime() - 90 * dayMs)).toBeLessThan(5_000)
    await bed()
      .admin`update loom.artifacts set expires_at = now() + interval '1 second' where id = ${artifactId}`
    expect(await find(tenant, artifactId)).toBeDefined()
    await bed().admin`update loom.artifacts set expires_at = now() where id = ${artifactId}`
    expect(await find(tenant, artifactId)).toBeUndefined()
  })

  it('is closed to every link that was posted in a workspace that Loom was removed from', async () => {
    const tenant = await openTenant(bed())
    const { artifactId } = await write(tenant)
    const { context, installationId, store } = tenant
    const before = Date.now() - 1
    await revokeInstallation(store, context, { installationId })
    expect(await find(tenant, artifactId, before)).toBeUndefined()
    expect(await find(tenant, artifactId, Date.now() + 1_000)).toBeDefined()
    const { links_revoked_at: closedAt } = await rowOf(artifactId)
    await revokeInstallation(store, context, { installationId })
    expect((await rowOf(artifactId)).links_revoked_at).toEqual(closedAt)
  })

  it('is kept by a star beyond its time, under the name of who starred it first', async () => {
    const tenant = await openTenant(bed())
    const { artifactId } = await write(tenant)
    expect(await starArtifact(tenant.store, tenant.context, { artifactId })).toBe(true)
    const first = await rowOf(artifactId)
    expect(first).toMatchObject({ starred_by: tenant.identityId, expires_at: null })
    expect(await starArtifact(tenant.store, systemOf(tenant), { artifactId })).toBe(true)
    expect(await rowOf(artifactId)).toEqual(first)
    await bed()
      .admin`update loom.artifacts set created_at = now() - interval '200 days' where id = ${artifactId}`
    expect(await find(tenant, artifactId)).toBeDefined()
  })

  it('without its star goes 90 days after it was written, or in ten minutes where that is over', async () => {
    const tenant = await openTenant(bed())
    const { artifactId } = await write(tenant)
    await starArtifact(tenant.store, tenant.context, { artifactId })
    expect(await unstarArtifact(tenant.store, tenant.context, { artifactId })).toBe(true)
    const row = await rowOf(artifactId)
    expect(row).toMatchObject({ starred_at: null, starred_by: null })
    expect(row.expires_at.getTime() - row.created_at.getTime()).toBe(90 * dayMs)
    await starArtifact(tenant.store, tenant.context, { artifactId })
    await bed()
      .admin`update loom.artifacts set created_at = now() - interval '91 days' where id = ${artifactId}`
    await unstarArtifact(tenant.store, tenant.context, { artifactId })
    expect(await find(tenant, artifactId)).toBeDefined()
    const clock = createClock()
    await clock.join(bed())
    await clock.goTo(11 / 1_440)
    expect(await find(tenant, artifactId)).toBeUndefined()
    await clock.goTo(0)
  })

  it('opens by no link that was made before its links were revoked, and by every later one', async () => {
    const tenant = await openTenant(bed())
    const { artifactId } = await write(tenant)
    const now = Date.now()
    const store = { ...tenant.store, now: () => now }
    expect(await revokeLinks(store, tenant.context, { artifactId })).toBe(true)
    expect(await find(tenant, artifactId, now - 1)).toBeUndefined()
    expect(await find(tenant, artifactId, now)).toBeUndefined()
    expect(await find(tenant, artifactId, now + 1)).toBeDefined()
    await revokeLinks({ ...store, now: () => now + 10 }, tenant.context, { artifactId })
    expect(await find(tenant, artifactId, now + 1)).toBeUndefined()
  })

  it('tells the audit log of every star and every revocation, and of nothing that was not there', async () => {
    const tenant = await openTenant(bed())
    const { artifactId } = await write(tenant)
    for (const verb of [starArtifact, unstarArtifact, revokeLinks])
      await verb(tenant.store, tenant.context, { artifactId })
    expect(await actionsOf(artifactId)).toEqual(['artifact.star', 'artifact.unstar', 'artifact.revoke_links'])
    const missing = randomUUID()
    for (const verb of [starArtifact, unstarArtifact, revokeLinks]) {
      expect(await verb(tenant.store, tenant.context, { artifactId: missing })).toBe(false)
    }
    expect(await actionsOf(missing)).toEqual([])
    expect(await find(tenant, missing)).toBeUndefined()
  })

  describe('that was starred', () => {
    it('keeps its star when its task writes it again', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      const rewrite = (ordinal: number) =>
        commitSteps(tenant.store, systemOf(tenant), {
          holder,
          commits: [
            commitOf(held, keys, { step: stepOf({ ordinal }), files: [fileOf('final/x.md', `${ordinal}`)] }),
          ],
        })
      await rewrite(0)
      const { id } = only(await bed().admin`select id from loom.artifacts where job_id = ${jobId}`)
      await starArtifact(tenant.store, tenant.context, { artifactId: id })
      await rewrite(1)
      const row = await rowOf(id)
      expect(row).toMatchObject({
        starred_by: tenant.identityId,
        expires_at: null,
        sha256: fileOf('', '1').sha256,
      })
    })
  })
})
