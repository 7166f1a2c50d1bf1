import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import type { Processor } from '../../../src/core/ports.ts'
import { findArtifact } from '../../../src/storage/artifacts/find.ts'
import { inTenant } from '../../../src/storage/database.ts'
import {
  loadDeletion,
  requestDeletion,
  tombstoneTenant,
  undoDeletion,
} from '../../../src/storage/erasure/delete-tenant.ts'
import { eraseStep } from '../../../src/storage/erasure/erase-step.ts'
import { loadTombstone } from '../../../src/storage/erasure/tombstones.ts'
import { changeIdentity } from '../../../src/storage/identities/change.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { viewJob } from '../../../src/storage/jobs/view.ts'
import { followLedger, isBehindLedger } from '../../../src/storage/ledger/follow.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { runSchedule } from '../../../src/storage/schedules/run.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { openAccount } from '../../../src/storage/tenants/create.ts'
import { createFileVault } from '../../../src/storage/vault/file-vault.ts'
import { describeEachServer } from '../../support/store.ts'
import { only, openTenant, systemOf, useBed } from '../support/bed.ts'
import { accept, commitOf, done, fileOf, stepOf, workingTask } from '../support/jobs.ts'
import { openVictim, snapshot } from '../support/victim.ts'
import { eraseAll } from './support.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs
const request = { reason: 'request', undoMs: dayMs } as const

describeEachServer('deleting an account', (server) => {
  const bed = useBed(server, { keepRows: true })

  it('fences at once: what runs is stopped, its late commit is nothing, nothing is accepted, links are closed', async () => {
    const tenant = await openTenant(bed())
    const holder = randomUUID()
    const job = await workingTask(bed(), tenant, { holder })
    const commit = (part: Parameters<typeof commitOf>[2]) =>
      commitSteps(tenant.store, systemOf(tenant), { holder, commits: [commitOf(job.held, job.keys, part)] })
    await commit({ step: stepOf(), files: [fileOf('final/a.md')] })
    const { id: artifactId } = only(
      await bed().admin`select id from loom.artifacts where job_id = ${job.jobId}`,
    )
    const link = { artifactId, issuedAtMs: Date.now() }
    expect(await findArtifact(tenant.store, tenant.context, link)).toBeDefined()

    const { dueAtMs } = await requestDeletion(tenant.store, tenant.context, request)
    expect(dueAtMs - Date.now()).toBeGreaterThan(dayMs - 60_000)
    const before = await snapshot(bed(), tenant.tenantId)
    const late = await commit({
      step: stepOf({ ordinal: 1, costMicroUsd: 9 }),
      files: [fileOf('final/late.md')],
    })
    expect(only(late)).toMatchObject({ held: false })
    expect(only(await commit({ ...done('late'), answers: true }))).toMatchObject({ held: false })
    await expect(accept(tenant)).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await findArtifact(tenant.store, tenant.context, link)).toBeUndefined()
    expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
    // What its threads still have to be told is told.
    const seen = await viewJob(tenant.store, tenant.context, { jobId: job.jobId })
    expect(seen?.card.state).toBe('cancelled')
    expect(before.due_deliveries?.length).toBeGreaterThan(0)

    expect(await undoDeletion(tenant.store, tenant.context)).toBe(true)
    expect(await undoDeletion(tenant.store, tenant.context)).toBe(false)
    expect(await findArtifact(tenant.store, tenant.context, link)).toBeDefined()
    expect(await accept(tenant)).toMatchObject({ kind: 'job' })
    await eraseAll(bed(), { aheadMs: 3 * dayMs })
    expect(await loadDeletion(tenant.store, tenant.context)).toMatchObject({
      undone: true,
      purgedAtMs: undefined,
    })
  })

  it('accepts nothing that began before the fence and ends behind it', async () => {
    const tenant = await openTenant(bed())
    const [accepted, fenced] = await Promise.allSettled([
      accept(tenant),
      requestDeletion(tenant.store, tenant.context, request),
    ])
    expect(fenced.status).toBe('fulfilled')
    expect(['fulfilled', 'rejected']).toContain(accepted.status)
    const live = await bed().admin`
      select 1 from loom.jobs where tenant_id = ${tenant.tenantId} and state not in ('cancelled', 'done', 'failed')`
    expect(live).toHaveLength(0)
  })

  it('destroys the keys when a day is over, then all there is, and leaves a receipt without a word; others keep all', async () => {
    const [victim, other] = [await openVictim(bed()), await openVictim(bed())]
    const { context, store, tenantId } = victim
    const blob = objectKeys.blob({ tenantId, jobId: victim.held.jobId }, 'a'.repeat(64))
    await store.objects.put(blob, Buffer.from('bytes'), { mediaType: 'text/plain' })
    const others = await snapshot(bed(), other.tenantId)
    const told: string[] = []
    let answers = false
    const processor: Processor = {
      name: 'biller',
      async forgetTenant(input) {
        if (!answers) throw new LoomError({ kind: 'unavailable', message: 'The biller does not answer.' })
        told.push(input.tenantId)
        return 'told'
      },
    }
    const broken: Processor = {
      name: 'closed',
      forgetTenant: () => Promise.reject(new LoomError({ kind: 'forbidden', message: 'No.' })),
    }
    const processors = [processor, broken]
    await requestDeletion(store, context, request)
    await eraseAll(bed(), { aheadMs: dayMs - hourMs, processors })
    expect(await loadDeletion(store, context)).toMatchObject({ tombstonedAtMs: undefined })
    await eraseAll(bed(), { aheadMs: dayMs + 10_000, processors })
    // Who does not answer is waited for, while there is time.
    expect(await loadDeletion(store, context)).toMatchObject({ tombstonedAtMs: undefined })
    answers = true
    await eraseAll(bed(), { aheadMs: dayMs + 20_000, processors })
    expect(told.filter((id) => id === tenantId)).toHaveLength(1)

    const left = Object.entries(await snapshot(bed(), tenantId)).filter(([, rows]) => rows.length > 0)
    expect(left.map(([table]) => table)).toEqual(['tombstones'])
    await expect(store.objects.get(blob)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(store.vault.sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'not_found' })
    expect(await snapshot(bed(), other.tenantId)).toEqual(others)

    const receipt = await loadTombstone(bed().store(), context, { kind: 'tenant', subjectId: tenantId })
    expect(receipt).toMatchObject({
      purgedAtMs: expect.any(Number),
      counts: { processor_biller: 'told', processor_closed: 'failed', objects: 1, rows: expect.any(Number) },
    })
    expect(Number(receipt?.counts.rows)).toBeGreaterThan(60)
    const entries = await ledgerOf(tenantId)
    expect(entries.map(({ deed }) => deed.kind)).toEqual(['fence', 'tombstone', 'erased'])
    expect(JSON.stringify(entries)).not.toMatch(/Marzipan|prompt-words|owner/i)
    await expect(undoDeletion(store, context)).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('deletes the account of a minor without a day to think', async () => {
    const tenant = await openTenant(bed())
    await requestDeletion(tenant.store, tenant.context, request)
    await requestDeletion(tenant.store, tenant.context, { reason: 'minor', undoMs: 0 })
    await eraseAll(bed(), { aheadMs: 10_000 })
    expect(await bed().admin`select 1 from loom.tenants where tenant_id = ${tenant.tenantId}`).toHaveLength(0)
    await expect(requestDeletion(tenant.store, tenant.context, request)).rejects.toBeInstanceOf(LoomError)
  })

  it('lets nobody write once the keys are going, whatever they hold in memory, and erases on from any turn', async () => {
    const victim = await openVictim(bed())
    const { context, store, tenantId } = victim
    const sealer = await store.vault.sealer(tenantId, 'content')
    // Another process, which opened the keys a moment ago.
    const elsewhere = { ...store, vault: { ...store.vault, sealer: async () => sealer } }
    await requestDeletion(store, context, { reason: 'minor', undoMs: 0 })
    expect(await tombstoneTenant({ ...store, now: () => Date.now() + 1_000 }, context)).toBe(true)
    const late = [
      () => accept({ ...victim, store: elsewhere }),
      () => changeIdentity(elsewhere, context, { identityId: victim.identityId, name: 'late' }),
      () => ensurePerson(elsewhere, context, { platform: 'local', externalId: 'late' }),
      () => runSchedule(elsewhere, context, { scheduleId: victim.scheduleIds[0] ?? '' }),
      () => inTenant(bed().store('loom_worker'), tenantId, async ({ sql }) => sql`delete from loom.events`),
      () => inTenant(store, tenantId, async () => 'nothing at all'),
    ]
    for (const attempt of late) {
      expect(await attempt().catch((error: unknown) => error)).toMatchObject({
        kind: 'forbidden',
        message: 'This account of Loom is deleted.',
      })
    }
    const purge = bed().store('loom_purge')
    let turns = 0
    for (let progress = 'more'; progress !== 'done'; turns += 1) {
      const tombstone = await loadTombstone(purge, context, { kind: 'tenant', subjectId: tenantId })
      if (!tombstone) throw new Error('no tombstone')
      const deaf = { ...purge.objects, deletePrefix: () => Promise.reject(new Error('killed')) }
      const dying = turns % 3 === 1 ? { ...purge, objects: deaf } : purge
      const input = { tombstone, batch: 3, settleMs: 0 }
      progress = await eraseStep({ ...dying, now: () => Date.now() + 10_000 }, context, input).catch(
        () => 'more',
      )
    }
    expect(turns).toBeGreaterThan(15)
    // Nor into what is gone: nothing is there to hang on.
    await expect(
      inTenant(
        store,
        tenantId,
        ({ sql }) => sql`
        insert into loom.inbox (tenant_id, key_hash, kind) values (${tenantId}, 'x', 'late')`,
      ),
    ).rejects.toBeInstanceOf(LoomError)
    expect(await bed().admin`select 1 from loom.inbox where tenant_id = ${tenantId}`).toHaveLength(0)
  })

  it('goes on where whoever wrote into the ledger died before anything was done', async () => {
    const tenant = await openTenant(bed())
    const { ledger } = tenant.store
    const dying = {
      ...tenant.store,
      now: () => Date.now() + 10_000,
      ledger: {
        ...ledger,
        writeFirst: async (seq: number, body: Uint8Array) => {
          await ledger.writeFirst(seq, body)
          throw new Error('killed')
        },
      },
    }
    await expect(requestDeletion(dying, tenant.context, { reason: 'minor', undoMs: 0 })).rejects.toThrow(
      'killed',
    )
    expect(await isBehindLedger(tenant.store)).toBe(true)
    expect(await loadDeletion(tenant.store, tenant.context)).toBeUndefined()
    expect(await followLedger(tenant.store)).toBe(1)
    expect(await loadDeletion(tenant.store, tenant.context)).toMatchObject({ reason: 'minor' })
    await expect(
      tombstoneTenant({ ...dying, now: () => Date.now() + 20_000 }, tenant.context),
    ).rejects.toThrow('killed')
    expect(await tombstoneTenant({ ...tenant.store, now: () => Date.now() + 30_000 }, tenant.context)).toBe(
      false,
    )
    await eraseAll(bed(), { aheadMs: 40_000 })
    expect(await bed().admin`select 1 from loom.tenants where tenant_id = ${tenant.tenantId}`).toHaveLength(0)
  })

  it('lets the same workspace begin anew afterwards, as another account', async () => {
    const place = {
      platform: 'local',
      kind: 'local',
      externalId: randomUUID(),
      installer: { externalId: 'owner' },
    } as const
    const first = await openAccount(bed().store(), place)
    const context = { tenantId: first.tenantId, actor: { kind: 'operator' } } as const
    await requestDeletion(bed().store(), context, { reason: 'request', undoMs: 0 })
    await eraseAll(bed(), { aheadMs: 10_000 })
    const second = await openAccount(bed().store(), place)
    expect(second.tenantId).not.toBe(first.tenantId)
  })

  it('refuses a ledger that was cut, changed or swapped', async () => {
    const tenant = await openTenant(bed())
    await requestDeletion(tenant.store, tenant.context, request)
    expect(await isBehindLedger(tenant.store)).toBe(false)
    expect(await followLedger(tenant.store)).toBe(0)
    const seq = (await bed().admin`select seq::int from loom_shared.ledger_position`)[0]?.seq
    const file = path.join(bed().home, 'ledger', `${String(seq).padStart(12, '0')}.json`)
    const kept = await readFile(file)
    const elsewhere = createFileVault({
      directory: path.join(bed().home, 'other'),
      masterKey: Buffer.alloc(32, 9),
      now: Date.now,
    })
    await expect(followLedger({ ...tenant.store, vault: elsewhere })).rejects.toMatchObject({
      kind: 'corrupt',
    })
    await writeFile(file, kept.toString().replace('"request"', '"minor"'))
    await expect(followLedger(tenant.store)).rejects.toMatchObject({ kind: 'corrupt' })
    const empty = { read: async () => undefined, writeFirst: async () => true }
    await expect(undoDeletion({ ...tenant.store, ledger: empty }, tenant.context)).rejects.toMatchObject({
      kind: 'corrupt',
    })
    await writeFile(file, kept)
    expect(await undoDeletion(tenant.store, tenant.context)).toBe(true)
  })

  async function ledgerOf(tenantId: string): Promise<{ deed: { kind: string; tenantId: string } }[]> {
    const entries: { deed: { kind: string; tenantId: string } }[] = []
    for (let seq = 1; ; seq += 1) {
      const body = await bed().store().ledger.read(seq)
      if (!body) return entries.filter(({ deed }) => deed.tenantId === tenantId)
      entries.push(JSON.parse(Buffer.from(body).toString('utf8')))
    }
  }
})
