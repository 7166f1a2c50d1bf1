import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import { createPostgresBackend, type JobType, Queue, runMigrations, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { LoomError } from './core/errors.ts'
import type { Doorbell, Log } from './core/ports.ts'
import type { Lane } from './core/words.ts'
import { redisOptions, redisSocketMs } from './queue/redis-options.ts'

/** How a Postgres is spoken to, its TLS included. */
export interface QueueServer {
  host: string
  port: number
  user?: string
  password?: string
  database?: string
  ssl: false | ConnectionOptions
}

/** Where the bell hangs: a Redis, or the schema `bullmq` of a Postgres. */
export type QueuePlace =
  | { kind: 'redis'; url: string; prefix: string }
  | { kind: 'postgres'; server: QueueServer }

const postgresRole = 'loom_queue'

/** Held while the queue's tables are granted: two processes that grant at once fail each other. An arbitrary number. */
const prepareLock = 7_305_112_202

/** How long closing waits for a queue that does not answer. */
const closeBoundMs = 2_000

/** How long a worker rests after the queue failed it; BullMQ's own 15 seconds would outlast most outages. */
const retryMs = 500

/**
 * Creates BullMQ's own tables in its own schema of a Postgres and lets the queue's role use them and nothing else.
 * Idempotent; `server` holds the login that migrates.
 */
export async function prepareQueue(server: QueueServer): Promise<void> {
  const client = new pg.Client({ ...server, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [prepareLock])
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
  const workers = new Set<RingWorker>()
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

  /** BullMQ on Postgres keeps a failed first connection for good; so does a queue that failed make place for another. */
  const drop = (lane: Lane): void => {
    const queue = queues.get(lane)
    queues.delete(lane)
    if (queue) void shut(queue)
  }

  /** Opens workers until one is ready, for the same reason. */
  const listen = async (lane: Lane, answer: () => unknown): Promise<void> => {
    while (!closed) {
      const worker = openWorker(place, lane, async () => void answer())
      workers.add(worker)
      worker.on('error', complain('the queue does not answer; rings are found in the rows'))
      const ready = await worker.waitUntilReady().then(
        () => true,
        () => false,
      )
      if (ready || closed) return
      workers.delete(worker)
      void shut(worker)
      await sleep(retryMs, undefined, { ref: false })
    }
  }

  /** Rings of one moment become one: while one is on its way, at most one more waits behind it. */
  const send = async (lane: Lane): Promise<void> => {
    do {
      ringing.set(lane, 'once')
      await queueOf(lane)
        .add('ring', {}, { removeOnComplete: true, removeOnFail: true, attempts: 1 })
        .catch((error) => {
          complain('a ring was lost; it is found in the rows')(error)
          drop(lane)
        })
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
      void listen(lane, answer)
    },
    async close() {
      closed = true
      const parts = [...workers, ...queues.values()]
      const closing = Promise.all(parts.map(shut))
      if (await endsWithin(closeBoundMs, closing)) return
      for (const part of parts) void part.disconnect().catch(() => undefined)
    },
  }
}

/** Where nobody hears a queue's goodbye it fails to close, and its connection would try to come back for ever. */
export async function shut(part: RingWorker): Promise<void> {
  await part.close(true).catch(() => void part.disconnect().catch(() => undefined))
}

async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, ms, false)
  void work.then(() => resolve(true))
  const ended = await promise
  clearTimeout(timer)
  return ended
}

const queueName = (lane: Lane) => `ring-${lane}`

/** `query_timeout` frees a pool from a connection that is gone without a word. */
const postgresConnection = (server: QueueServer) => ({
  ...server,
  max: 2,
  schema: 'bullmq',
  options: `-c role=${postgresRole}`,
  connectionTimeoutMillis: 5_000,
  query_timeout: 15_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
})

/** What the bell needs of BullMQ's classes, whichever backend they run on. */
interface RingWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  waitUntilReady(): Promise<unknown>
  close(force: boolean): Promise<void>
  disconnect(): Promise<void>
}

export interface RingQueue extends RingWorker {
  getJobs(types: JobType[], start: number, end: number): Promise<{ data: unknown; timestamp: number }[]>
  add(name: string, data: object, options: object): Promise<unknown>
}

/** Nobody reads BullMQ's own stream of events, so it is kept short. On Postgres 0 would mean: for ever. */
const queueOptions = { streams: { events: { maxLen: 1 } } }

export function openQueue(place: QueuePlace, lane: Lane): RingQueue {
  return place.kind === 'redis'
    ? new Queue(queueName(lane), {
        ...queueOptions,
        // A ring is lost rather than kept waiting.
        connection: { ...redisOptions(place.url), enableOfflineQueue: false },
        prefix: place.prefix,
      })
    : new Queue(
        queueName(lane),
        { ...queueOptions, connection: postgresConnection(place.server) },
        createPostgresBackend,
      )
}

function openWorker(place: QueuePlace, lane: Lane, processor: () => Promise<void>): RingWorker {
  const common = { concurrency: 1, maxStalledCount: 0, runRetryDelay: retryMs }
  return place.kind === 'redis'
    ? new Worker(queueName(lane), processor, {
        ...common,
        // A blocking read is over before its connection would count as dead.
        drainDelay: redisSocketMs / 2_000,
        connection: redisOptions(place.url),
        prefix: place.prefix,
      })
    : new Worker(
        queueName(lane),
        processor,
        { ...common, connection: postgresConnection(place.server) },
        createPostgresBackend,
      )
}

/** Whether a Redis answers, for the doctor and the tests. */
export async function pingRedis(url: string): Promise<boolean> {
  const client = new Redis({
    ...redisOptions(url),
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
