import path from 'node:path'
import { Redis } from 'ioredis'
import { migrate } from '../../src/roles/open-database.ts'
import { locateBinaries } from '../../src/storage/embedded/binaries.ts'
import { type Gate, openGate } from '../queue/gate.ts'
import { type OwnRedis, openOwnRedis } from '../queue/own-redis.ts'
import { type OwnPostgres, openOwnPostgres } from '../support/own-postgres.ts'
import { type Lag, openLag } from './lag.ts'

/** A server of the run's own, and the way by which Loom's processes reach it. */
interface Guarded<Server> {
  server: Server
  /** Where the supervisor reaches it. */
  directUrl: string
  /** Where Loom's processes reach it: through a gate that can be cut, then through a lag. */
  url: string
  gate: Gate
  lag: Lag
}

export interface Servers {
  postgres: Guarded<OwnPostgres>
  redis: Guarded<OwnRedis>
  flushRedis(): Promise<void>
  close(): Promise<void>
}

/** Starts the run's own Postgres, migrated, and its own Redis, each behind a proxy. */
export async function openServers(): Promise<Servers> {
  await using stack = new AsyncDisposableStack()
  const { native } = await locateBinaries()
  const database = await openOwnPostgres(path.join(native, 'bin'))
  stack.defer(() => database.close())
  const queue = await openOwnRedis()
  stack.defer(() => queue.close())
  await migrate(database.adminUrl, { mode: 'embedded' })
  const guard = async <Server extends { port: number }>(server: Server, directUrl: string) => {
    const lag = await openLag({ host: '127.0.0.1', port: server.port })
    stack.defer(() => lag.close())
    const gate = await openGate({ host: '127.0.0.1', port: lag.port })
    stack.defer(() => gate.close())
    const address = new URL(directUrl)
    address.port = String(gate.port)
    return { server, directUrl, url: address.href, gate, lag }
  }
  const postgres = await guard(database, database.adminUrl)
  const redis = await guard(queue, queue.url)
  const owned = stack.move()
  return {
    postgres,
    redis,
    async flushRedis() {
      const client = new Redis(redis.directUrl, { maxRetriesPerRequest: 1, retryStrategy: () => null })
      client.on('error', () => undefined)
      // A Redis that is away at this moment has forgotten everything in any case.
      await client.flushall().catch(() => undefined)
      client.disconnect()
    },
    close: () => owned.disposeAsync(),
  }
}
