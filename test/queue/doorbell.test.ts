import postgres from 'postgres'
import { afterAll, afterEach, expect, it } from 'vitest'
import type { Doorbell, Log } from '../../src/core/ports.ts'
import type { Lane } from '../../src/core/words.ts'
import { hangDoorbell } from '../../src/queue.ts'
import { describeEachServer, openTestBed, silentLog } from '../support/store.ts'
import { describeEachQueue, type QueueBed } from './places.ts'
import { within } from './within.ts'

describeEachQueue('a doorbell', (openBed) => {
  const closers: (() => Promise<void>)[] = []
  let opened: QueueBed | undefined
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()))
    await opened?.gate.open()
    await opened?.clear()
  })
  afterAll(() => opened?.close())

  /** One bed for all tests, emptied after each. */
  const bedOf = async (): Promise<QueueBed> => (opened ??= await openBed())
  /** As one process has it. */
  const bellAt = (bed: QueueBed, log: Log = silentLog): Doorbell => {
    const bell = hangDoorbell({ place: bed.place, log })
    closers.push(() => bell.close())
    return bell
  }
  const answers = async (bell: Doorbell, lane: Lane = 'worker') => {
    const heard = { times: 0, lastAtMs: 0 }
    await bell.answer(lane, () => {
      heard.times += 1
      heard.lastAtMs = performance.now()
    })
    return heard
  }

  it('reaches one of the processes that answer, and no second one', async () => {
    const bed = await bedOf()
    const first = await answers(bellAt(bed))
    const second = await answers(bellAt(bed))
    const caller = bellAt(bed)
    for (let ring = 1; ring <= 5; ring += 1) {
      caller.ring('worker')
      await within(5_000, () => first.times + second.times >= ring)
    }
    await quiet(bed)
    expect(first.times + second.times).toBe(5)
  })

  it('is heard when it rang before anybody answered', async () => {
    const bed = await bedOf()
    bellAt(bed).ring('worker')
    await within(5_000, async () => (await jobsIn(bed)) === 1)
    const heard = await answers(bellAt(bed))
    await within(5_000, () => heard.times === 1)
  })

  it('makes few answers of a thousand rings at once, one of them after the last ring', async () => {
    const bed = await bedOf()
    const heard = await answers(bellAt(bed))
    const caller = bellAt(bed)
    for (let ring = 0; ring < 1_000; ring += 1) caller.ring('worker')
    const rungAtMs = performance.now()
    await within(5_000, () => heard.lastAtMs > rungAtMs)
    await quiet(bed)
    expect(heard.times).toBeLessThanOrEqual(2)
    caller.ring('worker')
    await within(5_000, () => heard.times > 2 || heard.lastAtMs > rungAtMs + 1)
  })

  it('keeps the lanes apart', async () => {
    const bed = await bedOf()
    const worker = await answers(bellAt(bed), 'worker')
    const bot = await answers(bellAt(bed), 'bot')
    const caller = bellAt(bed)
    caller.ring('bot')
    await within(5_000, () => bot.times === 1)
    expect(worker.times).toBe(0)
    caller.ring('worker')
    await within(5_000, () => worker.times === 1)
    expect(bot.times).toBe(1)
  })

  it('goes on when an answer throws', async () => {
    const bed = await bedOf()
    let times = 0
    await bellAt(bed).answer('worker', () => {
      times += 1
      throw new Error('no')
    })
    const caller = bellAt(bed)
    caller.ring('worker')
    await within(5_000, () => times === 1)
    caller.ring('worker')
    await within(5_000, () => times === 2)
  })

  it('neither throws nor blocks while the queue is away, and works again when it is back', async () => {
    const bed = await bedOf()
    const heard = await answers(bellAt(bed))
    const caller = bellAt(bed)
    caller.ring('worker')
    await within(5_000, () => heard.times === 1)

    await bed.gate.shut()
    const startedAtMs = performance.now()
    for (let ring = 0; ring < 1_000; ring += 1) caller.ring('worker')
    expect(performance.now() - startedAtMs).toBeLessThan(100)
    await pause(300)
    await bed.gate.open()
    await ringUntil(caller, () => heard.times > 1)
  })

  it('works although the queue was away when the process began', async () => {
    const bed = await bedOf()
    await bed.gate.shut()
    const bell = bellAt(bed)
    const caller = bellAt(bed)
    const heard = await answers(bell)
    caller.ring('worker')
    await pause(300)
    await bed.gate.open()
    await ringUntil(caller, () => heard.times > 0)
  })

  it('survives that the server ends its connections', async () => {
    const bed = await bedOf()
    const heard = await answers(bellAt(bed))
    const caller = bellAt(bed)
    caller.ring('worker')
    await within(5_000, () => heard.times === 1)
    await bed.kick()
    await ringUntil(caller, () => heard.times > 1)
    const before = heard.times
    caller.ring('worker')
    await within(5_000, () => heard.times > before)
  })

  for (const [how, takeAway] of [
    ['refuses', (bed: QueueBed) => bed.gate.shut()],
    ['says nothing any more', async (bed: QueueBed) => bed.gate.hold()],
  ] as const) {
    it(`closes within its bound while the queue ${how}`, async () => {
      const bed = await bedOf()
      const bell = hangDoorbell({ place: bed.place, log: silentLog })
      const heard = await answers(bell)
      bell.ring('worker')
      await within(5_000, () => heard.times === 1)
      await takeAway(bed)
      bell.ring('worker')
      bell.ring('bot')
      const startedAtMs = performance.now()
      await bell.close()
      expect(performance.now() - startedAtMs).toBeLessThan(3_000)
      bell.ring('worker')
    })
  }

  it('keeps nothing of two thousand rings: no content and no id of a tenant', async () => {
    const bed = await bedOf()
    const bell = bellAt(bed)
    const heard = await answers(bell)
    const callers = [bellAt(bed), bellAt(bed), bellAt(bed)]
    const ringTimes = async (times: number) => {
      for (let ring = 0; ring < times; ring += 1) {
        for (const caller of callers) caller.ring('worker')
        await pause(1)
      }
      await quiet(bed)
      return bed.contents()
    }
    // BullMQ trims its events by the few hundred, so there is a rest: what counts is that it does not grow.
    const few = await ringTimes(200)
    const many = await ringTimes(500)
    expect(heard.times).toBeGreaterThan(50)
    expect(few.length).toBeLessThan(600)
    expect(many.length).toBeLessThan(600)
    expect(many.join('\n')).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/)
  })

  it('logs no address and no secret when the queue is away', async () => {
    const lines: string[] = []
    const write = (fields: Record<string, unknown>, message: string) =>
      void lines.push(JSON.stringify({ ...fields, message }))
    const log: Log = { ...silentLog, warn: write, error: write }
    const bed = await bedOf()
    const bell = bellAt(bed, log)
    await answers(bell)
    bell.ring('bot')
    await bed.gate.shut()
    bell.ring('worker')
    await within(5_000, () => lines.length > 0)
    expect(lines.join('\n')).not.toMatch(/127\.0\.0\.1|:\/\/|password/)
  })
})

describeEachServer('the queue in Postgres', (server) => {
  it('has a role that reaches nothing of schema loom', async () => {
    const bed = await openTestBed(server)
    const sql = postgres(bed.url, {
      max: 1,
      onnotice: () => undefined,
      connection: { role: 'loom_queue' } as Record<string, string>,
    })
    try {
      const tables = await bed.admin<{ name: string }[]>`
        select table_name as name from information_schema.tables where table_schema = 'loom'`
      expect(tables.length).toBeGreaterThan(20)
      for (const { name } of tables) {
        await expect(sql.unsafe(`select 1 from loom."${name}" limit 1`)).rejects.toMatchObject({
          code: '42501',
        })
        await expect(sql.unsafe(`delete from loom."${name}"`)).rejects.toMatchObject({ code: '42501' })
      }
      await expect(sql`create table loom.mine (a int)`).rejects.toMatchObject({ code: '42501' })
      const [row] = await sql`select count(*)::int as meta from bullmq.meta`
      expect(row?.meta).toBeGreaterThanOrEqual(0)
    } finally {
      await sql.end({ timeout: 5 })
      await bed.close()
    }
  })
})

/** Until the queue holds no job any more. */
async function quiet(bed: QueueBed): Promise<void> {
  await within(5_000, async () => (await jobsIn(bed)) === 0)
}

async function jobsIn(bed: QueueBed): Promise<number> {
  const lines = await bed.contents()
  return lines.filter((line) => /^(job \{|\S+:ring-\w+:(wait|active) )/.test(line)).length
}

/** A ring may be lost with the connection that it was on: somebody rings again, as the scheduler does. */
async function ringUntil(bell: Doorbell, heard: () => boolean): Promise<void> {
  await within(15_000, async () => {
    bell.ring('worker')
    await pause(200)
    return heard()
  })
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
