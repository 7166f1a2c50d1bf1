import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, inject } from 'vitest'
import type { QueuePlace } from '../../src/queue.ts'
import { postgresOptions } from '../../src/storage/postgres-options.ts'
import { openTestBed } from '../support/store.ts'
import { openGate } from './gate.ts'

/** A queue of a test's own on a real server, reached through a gate. */
export interface QueueBed {
  place: QueuePlace
  gate: Awaited<ReturnType<typeof openGate>>
  /** Everything the queue keeps: a line for each row, or for each key with what it holds. */
  contents(): Promise<string[]>
  /** Ends the queue's connections, by the server itself where it can; new ones are welcome. */
  kick(): Promise<void>
  /** Empties the queue. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** Runs a suite over every queue there is: the Redis of this machine and each Postgres. */
export function describeEachQueue(name: string, suite: (openBed: () => Promise<QueueBed>) => void): void {
  const redisUrl = inject('redisUrl')
  if (redisUrl) describe(`${name} (Redis)`, () => suite(() => openRedisBed(redisUrl)))
  for (const server of inject('servers')) {
    describe(`${name} (${server.name})`, () => suite(() => openPostgresBed(server)))
  }
}

async function openRedisBed(redisUrl: string): Promise<QueueBed> {
  const prefix = `loom-test-${randomBytes(6).toString('hex')}`
  const address = new URL(redisUrl)
  const gate = await openGate({ host: address.hostname, port: Number(address.port || 6379) })
  const url = throughGate(redisUrl, gate.port)
  const redis = new Redis(redisUrl)
  const keys = () => redis.keys(`${prefix}:*`)
  const clear = async () => {
    const left = await keys()
    if (left.length > 0) await redis.del(left)
  }
  return {
    place: { kind: 'redis', url, prefix },
    gate,
    async contents() {
      const lines: string[] = []
      for (const key of await keys()) lines.push(...(await linesOf(redis, key)))
      return lines
    },
    kick: async () => gate.cut(),
    clear,
    async close() {
      await gate.close()
      await clear()
      redis.disconnect()
    },
  }
}

async function linesOf(redis: Redis, key: string): Promise<string[]> {
  const type = await redis.type(key)
  if (type === 'string') return [`${key} ${await redis.get(key)}`]
  if (type === 'list') return (await redis.lrange(key, 0, -1)).map((item) => `${key} ${item}`)
  if (type === 'hash')
    return Object.entries(await redis.hgetall(key)).map(([field, value]) => `${key} ${field} ${value}`)
  if (type === 'stream')
    return (await redis.xrange(key, '-', '+')).map(([id, fields]) => `${key} ${id} ${fields.join(' ')}`)
  if (type === 'zset') return (await redis.zrange(key, '0', '-1')).map((item) => `${key} ${item}`)
  return (await redis.smembers(key)).map((item) => `${key} ${item}`)
}

async function openPostgresBed(server: Parameters<typeof openTestBed>[0]): Promise<QueueBed> {
  const bed = await openTestBed(server)
  const address = new URL(bed.url)
  const gate = await openGate({ host: address.hostname, port: Number(address.port || 5432) })
  return {
    place: { kind: 'postgres', server: postgresOptions(throughGate(bed.url, gate.port)) },
    gate,
    async contents() {
      const tables = await bed.admin<{ name: string }[]>`
        select table_name as name from information_schema.tables
        where table_schema = 'bullmq' and table_type = 'BASE TABLE' and table_name not like '%migration%'`
      const lines: string[] = []
      for (const { name } of tables) {
        const rows = await bed.admin.unsafe(`select to_jsonb(t)::text as line from bullmq."${name}" t`)
        lines.push(...rows.map((row) => `${name} ${row.line}`))
      }
      return lines
    },
    async kick() {
      await bed.admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'postgres.js'`
    },
    async clear() {
      await bed.admin`truncate bullmq.job, bullmq.event cascade`
    },
    async close() {
      await gate.close()
      await bed.close()
    },
  }
}

function throughGate(url: string, port: number): string {
  const gated = new URL(url)
  gated.hostname = '127.0.0.1'
  gated.port = String(port)
  return gated.href
}
