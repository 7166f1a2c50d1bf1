import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { LoomError } from './core/errors.ts'
import type { Doorbell, Log } from './core/ports.ts'
import type { Lane } from './core/words.ts'

/** Where the bell hangs: a Redis, or the schema `bullmq` of a Postgres. */
export type QueuePlace = { kind: 'redis'; url: string; prefix: string } | { kind: 'postgres'; url: string }

const postgresRole = 'loom_queue'

/**
 * Creates BullMQ's own tables in its own schema and lets the queue's role use them and nothing else. For Redis there
 * is nothing to do. Idempotent; `url` is the login that migrates.
 */
export async function prepareQueue(place: QueuePlace): Promise<void> {
  if (place.kind === 'redis') return
  const client = new pg.Client({ connectionString: place.url })
  await client.connect()
  try {
    await runMigrations(client, 'bullmq')
    await client.query(`
      grant usage, create on schema bullmq to ${postgresRole};
      grant select, insert, update, delete on all tables in schema bullmq to ${postgresRole};
      grant usage on all sequences in schema bullmq to ${postgresRole};
      grant execute on all functions in schema bullmq to ${postgresRole}`)
  } catch (cause) {
    throw new LoomError({
      kind: 'unavailable',
      message: 'The queue could not be prepared in the database.',
      retryable: false,
      cause,
    })
  } finally {
    await client.end()
  }
}

/**
 * A doorbell on BullMQ: a ring is a job without data, which reaches one of the processes that answer. It may come
 * late, twice or never; whoever answers reads the rows.
 */
export function hangDoorbell(input: { place: QueuePlace; log: Log }): Doorbell {
  const { log, place } = input
  const closers: (() => Promise<unknown>)[] = []
  const queues = new Map<Lane, RingQueue>()
  const ringing = new Map<Lane, 'once' | 'again'>()
  let closed = false

  const complain = (what: string) => (error: Error) => {
    if (!closed) log.warn({ fault: error.name, code: (error as { code?: string }).code }, what)
  }

  const queueOf = (lane: Lane): RingQueue => {
    const existing = queues.get(lane)
    if (existing) return existing
    const queue = openQueue(place, lane)
    queue.on('error', complain('the queue does not answer; rings are found in the rows'))
    queues.set(lane, queue)
    return queue
  }

  /** Rings of one moment become one: while one is on its way, at most one more waits behind it. */
  const send = async (lane: Lane): Promise<void> => {
    do {
      ringing.set(lane, 'once')
      await queueOf(lane)
        .add('ring', {}, { removeOnComplete: true, removeOnFail: true, attempts: 1 })
        .catch(complain('a ring was lost; it is found in the rows'))
    } while (ringing.get(lane) === 'again' && !closed)
    ringing.delete(lane)
  }

  return {
    ring(lane) {
      if (closed) return
      if (ringing.has(lane)) ringing.set(lane, 'again')
      else void send(lane)
    },
    async answer(lane, answer) {
      const worker = openWorker(place, lane, async () => void answer())
      worker.on('error', complain('the queue does not answer; rings are found in the rows'))
      closers.push(() => worker.close(true))
    },
    async close() {
      closed = true
      await Promise.allSettled(closers.map((close) => close()))
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
    },
  }
}

const queueName = (lane: Lane) => `ring-${lane}`

/** BullMQ closes connections that it opened itself; so each of them gets options and not a client. */
function redisConnection(url: string) {
  const parsed = new URL(url)
  return {
    host: parsed.hostname,
    port: Number(parsed.port || 6379),
    ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...(parsed.pathname.length > 1 ? { db: Number(parsed.pathname.slice(1)) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
  }
}

const postgresConnection = (url: string) => ({
  connectionString: url,
  max: 2,
  schema: 'bullmq',
  options: `-c role=${postgresRole}`,
})

/** What the bell needs of BullMQ's classes, whichever backend they run on. */
interface RingQueue {
  add(name: string, data: object, options: object): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

interface RingWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  close(force: boolean): Promise<void>
}

function openQueue(place: QueuePlace, lane: Lane): RingQueue {
  return place.kind === 'redis'
    ? new Queue(queueName(lane), {
        connection: { ...redisConnection(place.url), enableOfflineQueue: false },
        prefix: place.prefix,
      })
    : new Queue(queueName(lane), { connection: postgresConnection(place.url) }, createPostgresBackend)
}

function openWorker(place: QueuePlace, lane: Lane, processor: () => Promise<void>): RingWorker {
  const common = { concurrency: 1, maxStalledCount: 0 }
  return place.kind === 'redis'
    ? new Worker(queueName(lane), processor, {
        ...common,
        connection: redisConnection(place.url),
        prefix: place.prefix,
      })
    : new Worker(
        queueName(lane),
        processor,
        { ...common, connection: postgresConnection(place.url) },
        createPostgresBackend,
      )
}

/** Whether a Redis answers, for the doctor and the tests. */
export async function pingRedis(url: string): Promise<boolean> {
  const client = new Redis({
    ...redisConnection(url),
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
