import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { createSlack } from '../../../src/bots/slack/index.ts'
import { openSlackBed } from './support/slack-bed.ts'

const openBed = () =>
  openSlackBed({ socket: true, settings: { signingSecret: undefined }, slack: { ackWithinMs: 1_000 } })

test('a Socket Mode process that is closed in the middle of an event finishes it, and what comes then goes to another', async () => {
  const bed = await openBed()
  const other = createSlack({
    ...{ store: bed.store, log: bed.store.log, settings: bed.settings, publicUrl: 'http://loom.test' },
    ring: () => undefined,
    installKey: randomBytes(32),
  })
  try {
    const place = await bed.workspace()
    const jobs = () => bed.rows(`select id from loom.jobs where tenant_id = '${place.account.tenantId}'`)
    const lock = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = bed.bed.admin.begin(async (sql) => {
      await sql`lock table loom.inbox in access exclusive mode`
      locked.resolve()
      await lock.promise
    })
    await locked.promise
    place.ana.says(place.channel.id, `${place.loom} one`)
    // The event is in hand when it waits for the table.
    await vi.waitUntil(async () => {
      const waiting = await bed.rows(
        `select 1 from pg_locks where not granted and relation = 'loom.inbox'::regclass`,
      )
      return waiting.length > 0
    })
    const closed = bed.slack.close()
    place.ana.says(place.channel.id, `${place.loom} two`)
    lock.resolve()
    await Promise.all([holding, closed])
    expect((await jobs()).length).toBeGreaterThan(0)
    expect(bed.fake.deliver.log[0]).toMatchObject({ acknowledged: true, statuses: [200] })
    await other.start()
    // What nobody acknowledged is sent again.
    for (let turn = 0; turn < 3; turn += 1) {
      await bed.fake.settled()
      bed.fake.pass(301_000)
    }
    await bed.fake.settled()
    expect(await jobs()).toHaveLength(2)
    expect(bed.fake.deliver.log.every(({ acknowledged }) => acknowledged)).toBe(true)
  } finally {
    await other.close()
    await bed.close()
  }
})

test('a connection that breaks in the middle of an event loses nothing and doubles nothing', async () => {
  const bed = await openBed()
  try {
    const place = await bed.workspace()
    place.ana.says(place.channel.id, `${place.loom} one`)
    bed.fake.socket.cut()
    await vi.waitUntil(() => bed.fake.socket.connections() > 0, { timeout: 20_000 })
    for (let turn = 0; turn < 3; turn += 1) {
      await bed.fake.settled()
      bed.fake.pass(301_000)
    }
    await bed.fake.settled()
    expect(
      await bed.rows(`select id from loom.jobs where tenant_id = '${place.account.tenantId}'`),
    ).toHaveLength(1)
  } finally {
    await bed.close()
  }
})
