import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Doorbell } from '../../src/core/ports.ts'
import { checkRedis } from '../../src/queue/check-redis.ts'
import { redisOptions } from '../../src/queue/redis-options.ts'
import { hangDoorbell, pingRedis } from '../../src/queue.ts'
import { silentLog } from '../support/store.ts'
import { createAuthority } from '../support/tls.ts'
import { type Gate, openGate } from './gate.ts'
import { freePort, hasRedisServer, type OwnRedis, openOwnRedis } from './own-redis.ts'
import { within } from './within.ts'

const canStart = hasRedisServer()
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const own = async (settings: Record<string, string> = {}): Promise<OwnRedis> => {
  const redis = await openOwnRedis(settings)
  closers.push(redis.close)
  return redis
}
const bellAt = (url: string): Doorbell => {
  const bell = hangDoorbell({ place: { kind: 'redis', url, prefix: 'loom' }, log: silentLog })
  closers.push(() => bell.close())
  return bell
}
const listener = (url: string) => listen(bellAt(url))
const listen = async (bell: Doorbell) => {
  const heard = { times: 0 }
  await bell.answer('worker', () => {
    heard.times += 1
  })
  return heard
}
/** As the scheduler does: once more, until it is heard. */
const ringUntil = (bell: Doorbell, heard: () => boolean) =>
  within(20_000, async () => {
    bell.ring('worker')
    await new Promise((resolve) => setTimeout(resolve, 100))
    return heard()
  })

describe('the options of a Redis URL', () => {
  it('are what the URL says, decoded, with TLS verified under its name', () => {
    expect(redisOptions('rediss://us%40er:p%2Fa%3As%25s@cache.example.com:6380/3')).toMatchObject({
      host: 'cache.example.com',
      port: 6380,
      username: 'us@er',
      password: 'p/a:s%s',
      db: 3,
      tls: { servername: 'cache.example.com', rejectUnauthorized: true },
      maxRetriesPerRequest: null,
    })
    expect(redisOptions('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, db: 0 })
    expect(redisOptions('redis://[::1]')).not.toHaveProperty('tls')
    expect(redisOptions('rediss://10.0.0.1').tls).not.toHaveProperty('servername')
  })

  it('rest a little before another try, and never two seconds', () => {
    const { retryStrategy } = redisOptions('redis://localhost')
    const rests = Array.from({ length: 100 }, (_, times) => retryStrategy(times + 1))
    expect(Math.min(...rests)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...rests)).toBeLessThanOrEqual(2_000)
    expect(new Set(rests.slice(10)).size).toBeGreaterThan(50)
  })

  it.each(['redis://localhost/first', 'redis://:100%@localhost', 'http://localhost'])(
    'are refused by the setting’s name: %s',
    (url) => {
      expect(() => redisOptions(url)).toThrow(expect.objectContaining({ kind: 'invalid_input' }))
      expect(() => redisOptions(url)).toThrow(/^REDIS_URL /)
    },
  )
})

describe.skipIf(!canStart)('a Redis with TLS and a password', () => {
  let folder = ''
  let port = 0
  let redis: OwnRedis
  let authority: Awaited<ReturnType<typeof createAuthority>>
  const password = 'pass/wo:rd@100%'
  const defaults = tls.getCACertificates('default')
  const trust = () => tls.setDefaultCACertificates([...defaults, authority.certificate])
  const urlOf = (given: { host?: string; password?: string; scheme?: string; user?: string } = {}) =>
    `${given.scheme ?? 'rediss'}://${given.user ?? ''}:${encodeURIComponent(given.password ?? password)}@${given.host ?? 'localhost'}:${port}/2`

  beforeAll(async () => {
    authority = await createAuthority()
    folder = await mkdtemp(path.join(tmpdir(), 'loom-redis-tls-'))
    const { certificate, key } = await authority.issue('localhost')
    const files = {
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': authority.certificate,
    }
    const placed: Record<string, string> = {}
    for (const [name, text] of Object.entries(files)) {
      placed[name] = path.join(folder, `${name}.pem`)
      await writeFile(placed[name], text)
    }
    port = await freePort()
    redis = await openOwnRedis({
      ...placed,
      'tls-port': String(port),
      'tls-auth-clients': 'no',
      requirepass: password,
    })
  })
  afterEach(() => tls.setDefaultCACertificates(defaults))
  afterAll(async () => {
    await redis?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('carries rings from one process to another', async () => {
    trust()
    expect(await pingRedis(urlOf())).toBe(true)
    const heard = await listener(urlOf())
    await ringUntil(bellAt(urlOf()), () => heard.times > 0)
    await ringUntil(bellAt(urlOf({ user: 'default' })), () => heard.times > 1)
  })

  it('is right to the doctor', async () => {
    trust()
    expect(await checkRedis(urlOf())).toEqual({
      ok: [expect.stringMatching(/^(Redis|Valkey) \d+\.\d+\.\d+, primary, TLS, noeviction, database 2$/)],
      faults: [],
    })
  })

  it.each([
    [
      'that nobody vouches for',
      () => urlOf(),
      /certificate of Redis is not trusted.*NODE_EXTRA_CA_CERTS/,
      false,
    ],
    ['for another name', () => urlOf({ host: '127.0.0.1' }), /another host name/, true],
    ['but a wrong password', () => urlOf({ password: 'wrong' }), /refused the user or the password/, true],
    ['but an unknown user', () => urlOf({ user: 'nobody' }), /refused the user or the password/, true],
    ['but no password', () => `rediss://localhost:${port}`, /wants a password/, true],
    ['but without TLS in the URL', () => urlOf({ scheme: 'redis' }), /begin REDIS_URL with rediss/, true],
  ])('is refused with a certificate %s, and the doctor says so', async (_what, url, words, trusted) => {
    if (trusted) trust()
    expect(await pingRedis(url())).toBe(false)
    const found = await checkRedis(url())
    expect(found).toEqual({ ok: [], faults: [expect.stringMatching(words)] })
    expect(found.faults[0]).not.toContain('wo:rd')
  })
})

describe.skipIf(!canStart)('the doctor of Redis', () => {
  it('tells a server without TLS from one that is not there', async () => {
    const { port } = await own()
    expect((await checkRedis(`rediss://localhost:${port}`)).faults).toEqual([
      expect.stringContaining('redis://'),
    ])
    expect((await checkRedis(`redis://localhost:${port}`)).ok).toEqual([
      expect.stringMatching(/primary, no TLS, noeviction$/),
    ])
    expect((await checkRedis('redis://localhost:1')).faults).toEqual([
      expect.stringContaining('refused the connection'),
    ])
    expect((await checkRedis('redis://no-such-host.invalid')).faults).toEqual([
      expect.stringContaining('leads nowhere'),
    ])
  })

  it('tells a replica, a policy that forgets, a database that is not there and cluster mode', async () => {
    const primary = await own()
    const wrong = await own({ replicaof: `127.0.0.1 ${primary.port}`, 'maxmemory-policy': 'allkeys-lru' })
    expect((await checkRedis(`${wrong.url}/99`)).faults).toEqual([
      expect.stringContaining('replica'),
      expect.stringContaining('maxmemory-policy allkeys-lru'),
      expect.stringContaining('no database number 99'),
    ])
    const cluster = await own({ 'cluster-enabled': 'yes' })
    expect((await checkRedis(cluster.url)).faults).toEqual([expect.stringContaining('cluster mode')])
  })

  it('ends although nothing answers', async () => {
    const { port } = await own()
    const gate = await openGate({ host: '127.0.0.1', port })
    closers.push(gate.close)
    gate.hold()
    expect((await checkRedis(`redis://127.0.0.1:${gate.port}`)).faults).toEqual([
      expect.stringContaining('did not answer within 5 seconds'),
    ])
  })
})

describe.skipIf(!canStart)('a failover of Redis', () => {
  const pair = async () => {
    const primary = await own()
    const replica = await own({ replicaof: `127.0.0.1 ${primary.port}` })
    const gate = await openGate({ host: '127.0.0.1', port: primary.port })
    closers.push(gate.close)
    return { primary, replica, gate, url: `redis://127.0.0.1:${gate.port}` }
  }
  const tell = async (redis: OwnRedis, ...command: [string, ...string[]]) => {
    const client = new Redis(redis.url)
    try {
      return await client.call(...command)
    } finally {
      client.disconnect()
    }
  }
  /** The replica is the primary from now on, and new connections find it by the same name. */
  const failOver = async ({
    primary,
    replica,
    gate,
  }: {
    primary: OwnRedis
    replica: OwnRedis
    gate: Gate
  }) => {
    await tell(replica, 'REPLICAOF', 'NO', 'ONE')
    await tell(primary, 'REPLICAOF', '127.0.0.1', String(replica.port))
    gate.aim({ host: '127.0.0.1', port: replica.port })
  }
  /** How many are connected, but for replicas and whoever asks. */
  const clientsOf = async (redis: OwnRedis): Promise<number> => {
    const lines = String(await tell(redis, 'CLIENT', 'LIST', 'TYPE', 'normal'))
      .trim()
      .split('\n')
    return lines.length - 1
  }

  it.each([
    ['stay open and answer that they take no writes', false],
    ['are cut', true],
  ])('is lived through by ringers and listeners whose connections %s', async (_how, cut) => {
    const place = await pair()
    const bells = [bellAt(place.url), bellAt(place.url)] as const
    const heard = await listen(bells[0])
    const caller = bells[1]
    await ringUntil(caller, () => heard.times > 0)
    for (let turn = 0; turn < 2; turn += 1) {
      await failOver(place)
      if (cut) place.gate.cut()
      const before = heard.times
      await ringUntil(caller, () => heard.times > before)
      // A second one too, by connections that have settled.
      const settled = heard.times
      await ringUntil(caller, () => heard.times > settled)
      expect(await tell(place.replica, 'ROLE')).toContain('master')
      ;[place.primary, place.replica] = [place.replica, place.primary]
    }
    expect(await tell(place.primary, 'EXISTS', 'loom:ring-worker:meta')).toBe(1)
    // Whatever was opened on the way is closed with the bells, and nothing comes back.
    await Promise.all(bells.map((bell) => bell.close()))
    await within(10_000, async () => (await clientsOf(place.primary)) === 0)
  })

  it('is lived through where the old machine says nothing any more', async () => {
    const place = await pair()
    const heard = await listener(place.url)
    const caller = bellAt(place.url)
    await ringUntil(caller, () => heard.times > 0)
    place.gate.mute()
    await tell(place.replica, 'REPLICAOF', 'NO', 'ONE')
    place.gate.aim({ host: '127.0.0.1', port: place.replica.port })
    await place.primary.kill()
    const before = heard.times
    await ringUntil(caller, () => heard.times > before)
  })
})
