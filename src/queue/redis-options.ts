import net from 'node:net'
import type { RedisOptions } from 'ioredis'
import { LoomError } from '../core/errors.ts'

/** How long an answer may be owed on a connection before it counts as dead. */
export const redisSocketMs = 6_000

/** A replica says this of a write, and a primary after a failover has made it one. */
const notPrimary = /\b(READONLY|MASTERDOWN)\b/

/**
 * How every connection to Redis is made. BullMQ closes connections that it opened itself, so each of them gets options
 * and not a client; it takes them as they are, for its blocking connection too. Throws `invalid_input`.
 *
 * Through a failover: an answer of a server that is no primary any more drops the connection and sends the command
 * again on a new one, where the name leads by then; a connection on which an answer is owed for too long is dropped too.
 */
export function redisOptions(url: string) {
  const { host, tls, ...address } = redisAddress(url)
  return {
    ...address,
    host,
    // Node's own CAs, with NODE_EXTRA_CA_CERTS; and never what NODE_TLS_REJECT_UNAUTHORIZED would allow.
    ...(tls
      ? {
          tls: {
            ...(net.isIP(host) === 0 ? { servername: host } : {}),
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true,
          },
        }
      : {}),
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    socketTimeout: redisSocketMs,
    retryStrategy: (times: number) => Math.min(100 * 2 ** (times - 1), 2_000) * (0.5 + Math.random() / 2),
    reconnectOnError: (error: Error) => (notPrimary.test(error.message) ? 2 : false),
  } satisfies RedisOptions
}

/** What a `redis://` or `rediss://` URL says, decoded. Throws `invalid_input`. */
export function redisAddress(url: string) {
  const faulty = (what: string) => new LoomError({ kind: 'invalid_input', message: `REDIS_URL ${what}` })
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^rediss?:$/.test(parsed.protocol)) {
    throw faulty('must be a URL such as rediss://user:password@host:6379/0.')
  }
  const database = parsed.pathname.replace(/^\//, '')
  if (!/^\d{0,4}$/.test(database)) throw faulty('must end in the number of a database, or in none.')
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw faulty('has a percent sign that stands for nothing: write % as %25.')
    }
  }
  return {
    host: decode(parsed.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: Number(parsed.port || 6379),
    ...(parsed.username ? { username: decode(parsed.username) } : {}),
    ...(parsed.password ? { password: decode(parsed.password) } : {}),
    db: Number(database || 0),
    tls: parsed.protocol === 'rediss:',
  }
}
