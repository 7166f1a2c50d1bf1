import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { type Config, parseConfig } from '../src/config.ts'
import { openEmbeddedPostgres } from '../src/storage/embedded/open.ts'
import type { Options } from './options.ts'

export interface Bed {
  config: Config
  /** The same, for processes of their own. */
  env: Record<string, string>
  /** Counts the tables for the planner, as autovacuum does within a minute of a database's life. */
  analyze(): Promise<void>
  close(): Promise<void>
}

/** A database and a queue of this run's own, gone afterwards. */
export async function openBed(options: Options): Promise<Bed> {
  const stack = new AsyncDisposableStack()
  const home = await mkdtemp(path.join(tmpdir(), 'loom-bench-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const url = options.adminUrl
    ? await createDatabase(stack, options.adminUrl)
    : await openEmbedded(stack, path.join(home, 'loom'))
  if (options.queue === 'redis') stack.defer(() => forgetRings(options.redisUrl))
  const env = {
    DATABASE_URL: url,
    LOOM_HOME: path.join(home, 'bench'),
    LOG_LEVEL: 'warn',
    ...(options.queue === 'redis' ? { REDIS_URL: options.redisUrl } : {}),
  }
  const config = parseConfig(env)
  const analyze = async () => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined })
    await sql`analyze`
    await sql.end()
  }
  return { config, env, analyze, close: () => stack.disposeAsync() }
}

async function openEmbedded(stack: AsyncDisposableStack, home: string): Promise<string> {
  const embedded = await openEmbeddedPostgres({ home, say: () => undefined })
  stack.defer(() => embedded.close())
  return embedded.url
}

async function createDatabase(stack: AsyncDisposableStack, adminUrl: string): Promise<string> {
  const name = `loom_bench_${process.pid}`
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${name}`)
  stack.defer(async () => {
    await admin.unsafe(`drop database ${name} with (force)`)
    await admin.end()
  })
  const url = new URL(adminUrl)
  url.pathname = name
  return url.href
}

async function forgetRings(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl)
  const keys = await redis.keys('loom:ring-*')
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
}
