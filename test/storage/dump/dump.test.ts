import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { heedLedger } from '../../../src/roles/heed-ledger.ts'
import { restoreInto } from '../../../src/roles/restore.ts'
import { inTenant } from '../../../src/storage/database.ts'
import { dumpKey, isDumpId } from '../../../src/storage/dump/names.ts'
import { listDumps, removeOldDumps } from '../../../src/storage/dump/shelf.ts'
import { writeDump } from '../../../src/storage/dump/write.ts'
import { requestDeletion } from '../../../src/storage/erasure/delete-tenant.ts'
import { forgetPerson } from '../../../src/storage/erasure/forget-person.ts'
import { parentsFirst } from '../../../src/storage/erasure/table-order.ts'
import { ignorePerson } from '../../../src/storage/identities/ignore.ts'
import { loadAnswer } from '../../../src/storage/jobs/answer.ts'
import { beginVersion, loadVersions } from '../../../src/storage/notices/versions.ts'
import { openAccount } from '../../../src/storage/tenants/create.ts'
import { describeEachServer, silentLog } from '../../support/store.ts'
import { eraseAll } from '../erasure/support.ts'
import { openTenant, useBed } from '../support/bed.ts'
import { accept, claim } from '../support/jobs.ts'
import { openVictim, secrets, snapshot } from '../support/victim.ts'
import { backUp, openAnother } from './support.ts'

const leftOut = ['usage_events', 'directory', 'ready_tasks', 'due_deliveries', 'timers']

describeEachServer('a dump', (server) => {
  const bed = useBed(server, { keepRows: true })
  const deps = () => {
    const { objects, vault } = bed().store()
    return { store: bed().store('loom_dump'), objects, vault }
  }

  it('brings back every row of every tenant to the byte, without usage, sealed, and works on', async () => {
    const place = {
      platform: 'local',
      kind: 'local',
      externalId: 'somewhere',
      installer: { externalId: 'owner' },
    } as const
    const found = await openAccount(bed().store(), place)
    const victims = [await openVictim(bed()), await openVictim(bed())]
    const { counts, name } = await writeDump(deps())
    const bytes = await bed().store().objects.get(dumpKey(name))
    for (const word of [...secrets, 'tenant_id', victims[0]?.tenantId ?? ''])
      expect(Buffer.from(bytes)).not.toContain(word)

    const there = await openAnother(server, bed())
    try {
      const restored = await restoreInto(bed().store(), { name, url: there.url })
      expect(restored).toMatchObject({ counts, followed: 0 })
      for (const { tenantId } of victims) {
        const [before, after] = [await snapshot(bed(), tenantId), await snapshot(there.bed, tenantId)]
        for (const [table, rows] of Object.entries(before)) {
          if (!leftOut.includes(table)) expect([table, after[table]]).toEqual([table, rows])
        }
        expect(after.usage_events).toEqual([])
        // What is made again names the same.
        const ids = (rows: string[] | undefined, key: string) =>
          (rows ?? []).map((row) => JSON.parse(row)[key]).sort()
        expect(ids(after.ready_tasks, 'task_id')).toEqual(ids(before.ready_tasks, 'task_id'))
        expect(ids(after.due_deliveries, 'delivery_id')).toEqual(ids(before.due_deliveries, 'delivery_id'))
        expect(ids(after.directory, 'hash')).toEqual(ids(before.directory, 'hash'))
      }
      const store = there.store()
      expect((await openAccount(store, place)).tenantId).toBe(found.tenantId)
      const [victim] = victims
      if (!victim) throw new Error('no victim')
      const answers = await Promise.all(
        victim.jobIds.map((jobId) => loadAnswer(store, victim.context, { jobId })),
      )
      expect(answers.filter((answer) => answer?.outcome === 'done')).toHaveLength(1)
      expect(
        (await claim({ ...victim, store }, { holder: 'a0000000-0000-4000-8000-000000000000' })).length,
      ).toBeGreaterThan(0)
      // The walls stand again.
      const walls = await there.admin`
        select relname from pg_class where relnamespace = 'loom'::regnamespace and relkind = 'r'
          and not (relrowsecurity and relforcerowsecurity) order by 1`
      expect(walls.map((row) => row.relname)).toEqual([
        'directory',
        'due_deliveries',
        'ready_tasks',
        'timers',
      ])
      expect(
        await inTenant(store, victim.tenantId, ({ sql }) => sql`select 1 from loom.tenants`),
      ).toHaveLength(1)
      await expect(restoreInto(bed().store(), { name, url: there.url })).rejects.toMatchObject({
        kind: 'conflict',
      })
    } finally {
      await there.close()
    }
  })

  it('opens with its own key alone, whole and unchanged', async () => {
    await openTenant(bed())
    const { name } = await writeDump(deps())
    const { objects, vault } = bed().store()
    const whole = Buffer.from(await objects.get(dumpKey(name)))
    const there = await openAnother(server, bed())
    try {
      const restore = (bytes: Buffer) =>
        objects
          .put(dumpKey('broken'), bytes, { mediaType: 'x' })
          .then(() => restoreInto(bed().store(), { name: 'broken', url: there.url }))
      const changed = Buffer.from(whole)
      changed[whole.length - 20] = (changed[whole.length - 20] ?? 0) ^ 1
      const head = whole.indexOf(0x0a) + 1
      for (const bytes of [
        changed,
        whole.subarray(0, whole.length - 1),
        whole.subarray(0, head),
        Buffer.concat([whole, whole.subarray(head)]),
        Buffer.from(whole.toString('latin1').replace('"version":1', '"version":2'), 'latin1'),
        randomBytes(10_000),
      ]) {
        await expect(restore(bytes)).rejects.toMatchObject({ kind: 'corrupt' })
      }
      const { dumpId } = JSON.parse(whole.subarray(0, head).toString())
      expect(isDumpId(dumpId)).toBe(true)
      await vault.destroy(dumpId)
      await expect(restoreInto(bed().store(), { name, url: there.url })).rejects.toMatchObject({
        kind: 'not_found',
      })
      expect(await there.admin`select 1 from loom.tenants`).toHaveLength(0)
    } finally {
      await there.close()
    }
  })

  it('goes after its time, its key first, and leaves nothing where it breaks off', async () => {
    const { objects, vault } = bed().store()
    const { name } = await writeDump(deps())
    const { dumpId } = JSON.parse(
      Buffer.from(await objects.get(dumpKey(name)))
        .toString('latin1')
        .split('\n', 1)[0] ?? '',
    )
    expect((await listDumps({ objects })).map((dump) => dump.name)).toContain(name)
    const day = 24 * 60 * 60_000
    const at = (days: number) => ({ objects, vault, now: () => Date.now() + days * day })
    expect(await removeOldDumps(at(29), { olderThanMs: 30 * day })).toBe(0)
    expect(await removeOldDumps(at(31), { olderThanMs: 30 * day })).toBeGreaterThan(0)
    expect(await listDumps({ objects })).toEqual([])
    await expect(vault.sealer(dumpId, 'content')).rejects.toMatchObject({ kind: 'not_found' })
    const full = { ...objects, put: () => Promise.reject(new Error('the disk is full')) }
    const keys = (await vault.tenants()).length
    await expect(writeDump({ ...deps(), objects: full })).rejects.toThrow('the disk is full')
    expect((await vault.tenants()).length).toBe(keys)
  })

  it.each(['dump', 'copy'] as const)(
    'brought back as a %s forgets again what was deleted since, before it is served',
    async (kind) => {
      const [victim, person] = [await openVictim(bed()), await openVictim(bed())]
      const ignored = await openTenant(bed())
      await beginVersion(bed().store(), { number: 1, effective: '2026-11-30', fingerprint: 'f' })
      // Each with the ledger's position at its moment, as a backup has it.
      const { name } = await writeDump(deps())
      const copy = await openAnother(
        server,
        bed(),
        kind === 'copy' ? { copyOf: await backUp(server, bed()) } : {},
      )
      try {
        if (kind === 'dump') await restoreInto(bed().store(), { name, url: copy.url })
        await requestDeletion(victim.store, victim.context, { reason: 'minor', undoMs: 0 })
        await forgetPerson(person.store, person.context, person)
        await ignorePerson(ignored.store, ignored.context, ignored)
        await eraseAll(bed(), { aheadMs: 10_000 })

        const store = copy.store()
        // What was promised since when comes back, and whom a new version is still to be told.
        expect(await loadVersions(store)).toMatchObject([{ number: 1, fingerprint: 'f' }])
        const due =
          await copy.admin`select 1 from loom.timers where kind = 'notice' and tenant_id = ${person.tenantId}`
        expect(due).toHaveLength(1)
        const worker = { mayFollow: false, log: silentLog }
        await expect(heedLedger(copy.store('loom_worker'), worker)).rejects.toMatchObject({
          kind: 'conflict',
        })
        await heedLedger(store, { mayFollow: true, log: silentLog })
        await heedLedger(copy.store('loom_worker'), worker)
        await expect(inTenant(store, victim.tenantId, ({ sql }) => sql`select 1`)).rejects.toMatchObject({
          kind: 'forbidden',
        })
        const [row] =
          await copy.admin`select ignored_at from loom.identities where id = ${ignored.identityId}`
        expect(row?.ignored_at).toBeInstanceOf(Date)
        await eraseAll(copy.bed, { store, aheadMs: 60_000 })
        await copy.admin`update loom.deliveries set state = 'sent'`
        await eraseAll(copy.bed, { store, aheadMs: 120_000 })
        const left = Object.entries(await snapshot(copy.bed, victim.tenantId)).filter(
          ([, rows]) => rows.length > 0,
        )
        expect(left.map(([table]) => table)).toEqual(['tombstones'])
        expect(
          await copy.admin`select 1 from loom.messages where identity_id = ${person.identityId}`,
        ).toHaveLength(0)
      } finally {
        await copy.close()
      }
    },
  )

  it('comes to its end where the last rows of a table are more than is read at once', async () => {
    const tenant = await openTenant(bed())
    await accept(tenant, { text: 'x'.repeat(150_000) })
    const { counts } = await writeDump(deps())
    expect(counts['loom.messages']).toBeGreaterThan(0)
  })

  it('names no table: what it reads is what the catalog holds', async () => {
    const { sql } = bed().store('loom_dump')
    const tables = await sql.begin((tx) => parentsFirst({ sql: tx }))
    expect(tables).toContain('messages')
    expect(tables.indexOf('tenants')).toBeLessThan(tables.indexOf('members'))
    expect(tables.indexOf('messages')).toBeLessThan(tables.indexOf('briefs'))
  })
})
