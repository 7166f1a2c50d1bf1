import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { startScheduler } from '../../src/roles/scheduler.ts'
import { connectDatabase, type DatabaseRole, type Store } from '../../src/storage/database.ts'
import { startLeaseKeeper } from '../../src/storage/leases/keeper.ts'
import { startTaskRunner } from '../../src/storage/leases/runner.ts'
import { openPostgres } from '../../src/storage/open-postgres.ts'
import { claimTasks } from '../../src/storage/tasks/claim.ts'
import { type Gate, openGate } from '../queue/gate.ts'
import { within } from '../queue/within.ts'
import { describeOneServer, openTestBed, silentLog, type TestBed } from '../support/store.ts'
import { openTenant } from './support/bed.ts'
import { openJob } from './support/jobs.ts'

const times = { leaseMs: 3_000, silentMs: 1_000, everyMs: 200, returnMs: 6_000, firstMs: 0 }

describeOneServer('a database that was away', (server) => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  /** A database of its own; `url` leads through the gate, `bed.admin` past it. */
  const open = async (): Promise<{ bed: TestBed; gate: Gate; url: string }> => {
    const bed = await openTestBed(server)
    closers.push(() => bed.close())
    const address = new URL(bed.url)
    const gate = await openGate({ host: address.hostname, port: Number(address.port || 5432) })
    closers.push(() => gate.close())
    address.hostname = '127.0.0.1'
    address.port = String(gate.port)
    return { bed, gate, url: address.href }
  }
  const storeOver = (bed: TestBed, url: string, role: DatabaseRole): Store => {
    const sql = connectDatabase({ url, role, max: 4, name: 'loom-test' })
    closers.push(() => sql.end({ timeout: 1 }))
    return { ...bed.store(), sql }
  }
  const work = async (bed: TestBed, url: string) => {
    const seen = { running: 0, stopped: 0 }
    const runner = await startTaskRunner({
      store: storeOver(bed, url, 'loom_worker'),
      databaseUrl: url,
      role: 'loom_worker',
      lane: 'worker',
      slots: 1,
      leaseMs: times.leaseMs,
      log: silentLog,
      ring: () => undefined,
      run: ({ signal }) =>
        new Promise((_, reject) => {
          seen.running += 1
          signal.addEventListener('abort', () => {
            seen.stopped += 1
            reject(signal.reason)
          })
        }),
    })
    closers.push(() => runner.close({ boundMs: 0 }))
    return seen
  }
  const rows = (bed: TestBed) =>
    bed.admin`select task_id, holder, fence::int as fence, lost from loom.ready_tasks order by task_id`

  it.each([
    ['refused', (gate: Gate) => gate.shut()],
    ['said nothing', async (gate: Gate) => gate.hold()],
  ])(
    'and %s takes no task from a worker that lives, and that of one that died meanwhile is free',
    async (_how, takeAway) => {
      const { bed, gate, url } = await open()
      const tenant = await openTenant(bed)
      for (let job = 0; job < 3; job += 1) await openJob(bed, tenant)
      const doomed = randomUUID()
      const [lost] = await claimTasks(bed.store('loom_worker'), {
        lane: 'worker',
        holder: doomed,
        limit: 1,
        leaseMs: times.leaseMs,
      })
      const dying = startLeaseKeeper({
        url,
        role: 'loom_worker',
        holder: doomed,
        leaseMs: times.leaseMs,
        onHeld: () => undefined,
        onFault: () => undefined,
      })
      closers.push(() => dying.close())
      await dying.ready
      const living = [await work(bed, url), await work(bed, url)]
      await within(10_000, () => living.every(({ running }) => running === 1))
      const scheduler = startScheduler(
        { openStore: (role) => storeOver(bed, url, role), log: silentLog, ring: () => undefined },
        times,
      )
      closers.push(() => scheduler.close({ boundMs: 0 }))
      const before = await rows(bed)
      expect(new Set(before.map((row) => row.holder)).size).toBe(3)

      await takeAway(gate)
      await dying.close()
      await within(20_000, async () => {
        const [row] = await bed.admin`
          select bool_and(lease_until < now() - interval '1 second') as out from loom.ready_tasks`
        return row?.out === true
      })
      await gate.open()

      const freed = async () =>
        (await rows(bed)).some((row) => row.task_id === lost?.taskId && row.holder === null && row.lost === 1)
      await within(30_000, freed)
      const kept = (found: typeof before) => found.filter((row) => row.task_id !== lost?.taskId)
      expect(kept(await rows(bed))).toEqual(kept(before))
      expect(living).toEqual([
        { running: 1, stopped: 0 },
        { running: 1, stopped: 0 },
      ])
      const present = await bed.admin`
        select from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.granted and a.application_name = 'loom-keeper' and a.datname = current_database()`
      expect(present).toHaveLength(2)
    },
  )

  it('when a task was to be given back leaves it in nobody’s hands no longer than that', async () => {
    const { bed, gate, url } = await open()
    await openJob(bed, await openTenant(bed))
    const failed = Promise.withResolvers<void>()
    let runs = 0
    const runner = await startTaskRunner({
      store: storeOver(bed, url, 'loom_worker'),
      databaseUrl: url,
      role: 'loom_worker',
      lane: 'worker',
      slots: 1,
      leaseMs: 60_000,
      log: {
        ...silentLog,
        warn: (_ids, words) => (words.includes('not be given back') ? failed.resolve() : undefined),
      },
      ring: () => undefined,
      run: async () => {
        runs += 1
        if (runs > 1) return
        await gate.shut()
        throw new LoomError({ kind: 'unavailable', message: 'The store does not answer.' })
      },
    })
    closers.push(() => runner.close({ boundMs: 0 }))
    await within(10_000, () => runs === 1)
    await failed.promise
    await gate.open()
    await within(10_000, () => runs === 2)
  })

  it('by a connection that says nothing any more is found again by its keeper on another', async () => {
    const { bed, gate, url } = await open()
    await openJob(bed, await openTenant(bed))
    const holder = randomUUID()
    await claimTasks(bed.store('loom_worker'), { lane: 'worker', holder, limit: 1, leaseMs: 60_000 })
    const keeper = startLeaseKeeper({
      url,
      role: 'loom_worker',
      holder,
      leaseMs: 60_000,
      onHeld: () => undefined,
      onFault: () => undefined,
    })
    closers.push(() => keeper.close())
    await keeper.ready
    const leaseUntil = async () => {
      const [row] =
        await bed.admin`select lease_until::text as at from loom.ready_tasks where holder = ${holder}`
      return row?.at
    }
    gate.mute()
    await bed.admin`update loom.ready_tasks set lease_until = now()`
    const muted = await leaseUntil()
    await within(20_000, async () => (await leaseUntil()) !== muted)
  })

  it('by its connections is given up on them, and found again on others', async () => {
    const { gate, url } = await open()
    const sql = openPostgres(url, { max: 2, name: 'loom-test', silenceMs: 400 })
    closers.push(() => sql.end({ timeout: 1 }))
    const both = () => Promise.all([sql`select 1`, sql`select 1`])
    await both()
    gate.mute()
    await expect(both()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await within(5_000, () =>
      both().then(
        () => true,
        () => false,
      ),
    )
  })

  it('behind a proxy that hangs up is said to be away, again and again', async () => {
    const { bed, gate, url } = await open()
    const sql = openPostgres(url, { max: 2, name: 'loom-test' })
    closers.push(() => sql.end({ timeout: 1 }))
    gate.aim({ host: '127.0.0.1', port: 1 })
    for (let turn = 0; turn < 5; turn += 1) {
      await expect(sql`select 1`).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
    }
    const address = new URL(bed.url)
    gate.aim({ host: address.hostname, port: Number(address.port || 5432) })
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  })
})
