import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { hangDoorbell } from '../../src/queue.ts'
import { openParts, type Parts } from '../../src/roles/parts.ts'
import { startScheduler } from '../../src/roles/scheduler.ts'
import { startWorker } from '../../src/roles/worker.ts'
import { acceptMention } from '../../src/storage/briefs/accept.ts'
import { openAccount } from '../../src/storage/tenants/create.ts'
import { createRehearsal } from '../../src/swarm/models/rehearsal/index.ts'
import { describeEachServer, openTestBed, silentLog, type TestBed } from '../support/store.ts'
import { onlyModel } from '../swarm/swarm-bed.ts'
import { hasRedisServer, openOwnRedis } from './own-redis.ts'
import { within } from './within.ts'

const canStart = hasRedisServer()

describeEachServer('what the queue forgot', (server) => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  const open = async () => {
    const redis = await openOwnRedis()
    closers.push(redis.close)
    const bed = await openTestBed(server)
    closers.push(bed.close)
    return { redis, bed }
  }

  /** What one process has: its own bell, its own pools. */
  const processOver = async (bed: TestBed, redisUrl: string): Promise<Parts> => {
    const parts = await openParts({ config: configOf(bed, redisUrl), log: silentLog, say: () => undefined })
    closers.push(parts.close)
    return parts
  }
  const worker = async (parts: Parts) => {
    const role = await startWorker(parts, { models: onlyModel(createRehearsal()), slots: 8 })
    closers.push(() => role.close({ boundMs: 2_000 }))
  }
  const scheduler = (parts: Parts) => {
    const role = startScheduler(parts)
    closers.push(() => role.close({ boundMs: 2_000 }))
  }

  it.skipIf(!canStart)('is found in the rows: a job ends although every ring for it is lost', async () => {
    const { bed, redis } = await open()
    await worker(await processOver(bed, redis.url))
    scheduler(await processOver(bed, redis.url))
    const front = await processOver(bed, redis.url)
    await redis.kill()
    const jobId = await accept(front)
    front.ring('worker')
    await within(20_000, async () => (await stateOf(bed, jobId)) === 'done')
    await redis.start()
    const later = await accept(front)
    await within(20_000, async () => (await stateOf(bed, later)) === 'done')
  })

  it.skipIf(!canStart)('is rung again by the scheduler for whoever answers', async () => {
    const { bed, redis } = await open()
    const front = await processOver(bed, redis.url)
    await redis.kill()
    await accept(front)
    await redis.start()
    let rings = 0
    const listener = hangDoorbell({
      place: { kind: 'redis', url: redis.url, prefix: 'loom' },
      log: silentLog,
    })
    closers.push(() => listener.close())
    await listener.answer('worker', () => {
      rings += 1
    })
    expect(rings).toBe(0)
    scheduler(await processOver(bed, redis.url))
    await within(10_000, () => rings >= 2)
  })
})

it.skipIf(!canStart)('a bell rings on after its Redis was killed and came back empty', async () => {
  const redis = await openOwnRedis()
  const place = { kind: 'redis', url: redis.url, prefix: 'loom-test' } as const
  const answering = hangDoorbell({ place, log: silentLog })
  const caller = hangDoorbell({ place, log: silentLog })
  try {
    let rings = 0
    await answering.answer('worker', () => {
      rings += 1
    })
    caller.ring('worker')
    await within(5_000, () => rings === 1)
    await redis.kill()
    caller.ring('worker')
    await redis.start()
    await within(15_000, async () => {
      caller.ring('worker')
      await new Promise((resolve) => setTimeout(resolve, 100))
      return rings > 1
    })
  } finally {
    await Promise.all([answering.close(), caller.close()])
    await redis.close()
  }
})

function configOf(bed: TestBed, redisUrl: string): Parameters<typeof openParts>[0]['config'] {
  const home = path.join(bed.home, 'loom')
  return parseConfig({ DATABASE_URL: bed.url, REDIS_URL: redisUrl, LOOM_HOME: home, LOG_LEVEL: 'silent' })
}

async function accept(parts: Parts): Promise<string> {
  const store = parts.openStore('loom_app')
  const { identityId, installationId, tenantId } = await openAccount(store, {
    platform: 'local',
    kind: 'local',
    externalId: randomBytes(8).toString('hex'),
    installer: { externalId: 'owner', name: 'Owner' },
  })
  const mention = {
    thread: `local:desk:${randomBytes(4).toString('hex')}` as const,
    key: randomBytes(8).toString('hex'),
    author: { externalId: 'owner', name: 'Owner' },
    text: 'How many days has a leap year?',
    files: [],
    saidAtMs: Date.now(),
  }
  const context = { tenantId, actor: { kind: 'person', identityId } } as const
  const accepted = await acceptMention(store, context, { mention, installationId, identityId })
  if (accepted.kind !== 'job') throw new Error('The mention opened no job.')
  return accepted.jobId
}

async function stateOf(bed: TestBed, jobId: string): Promise<string | undefined> {
  const [row] = await bed.admin<{ state: string }[]>`select state from loom.jobs where id = ${jobId}`
  return row?.state
}
