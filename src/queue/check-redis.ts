import { Redis } from 'ioredis'
import { toLoomError } from '../core/errors.ts'
import { type TlsFault, tlsFaultOf } from '../core/tls-fault.ts'
import { redisAddress, redisOptions } from './redis-options.ts'

const boundMs = 5_000

/**
 * Looks at the Redis of `REDIS_URL` for the doctor: what is right, and of each fault what it is and what to do, in a
 * sentence. Ends within about five seconds. Never throws.
 */
export async function checkRedis(url: string): Promise<{ ok: string[]; faults: string[] }> {
  let client: Redis
  try {
    // Nothing is tried twice here: the doctor tells what the first try met.
    client = new Redis({
      ...redisOptions(url),
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      retryStrategy: () => null,
      reconnectOnError: null,
    })
  } catch (thrown) {
    return { ok: [], faults: [toLoomError(thrown).message] }
  }
  const address = redisAddress(url)
  const errors: unknown[] = []
  client.on('error', (error) => errors.push(error))
  const tooLate = Promise.withResolvers<string>()
  const timer = setTimeout(() => tooLate.resolve(''), boundMs)
  try {
    const info = await Promise.race([ask(client), tooLate.promise])
    if (info !== '') return judge(info, address, errors)
    return { ok: [], faults: [silentWords(address.tls)] }
  } catch (thrown) {
    const told = [...errors, thrown].map((error) => refusal(error, address.tls)).find((words) => words)
    return { ok: [], faults: [told ?? `Redis does not answer. ${reachWords}`] }
  } finally {
    clearTimeout(timer)
    client.disconnect()
  }
}

async function ask(client: Redis): Promise<string> {
  await client.connect()
  return client.info()
}

const reachWords = 'Check the host and port in REDIS_URL, and that this machine may reach them.'

const silentWords = (tls: boolean): string =>
  `Redis did not answer within ${boundMs / 1_000} seconds. ${reachWords}${tls ? ' A server without TLS is silent too: its REDIS_URL begins with redis://.' : ''}`

const tlsWords: Record<TlsFault, string> = {
  untrusted:
    'The certificate of Redis is not trusted. Give its CA in a file that NODE_EXTRA_CA_CERTS names, or take one that Node knows.',
  expired:
    'The certificate of Redis has expired or is not yet valid. Renew it, and check this machine’s clock.',
  name: 'The certificate of Redis is for another host name. Write the host in REDIS_URL as the certificate has it.',
  handshake:
    'What answers at REDIS_URL speaks no TLS that Loom knows. Where the server has none, begin REDIS_URL with redis://.',
}

/** The words for what a server said or how its connection failed; undefined for what another error tells better. */
function refusal(error: unknown, tls: boolean): string | undefined {
  const { code, message = '' } = error as { code?: string; message?: string }
  const fault = tlsFaultOf(error)
  if (fault) return tlsWords[fault]
  if (message.includes('WRONGPASS') || /invalid (username-)?password/i.test(message)) {
    return 'Redis refused the user or the password. Check both in REDIS_URL, and write %40 for @, %3A for : and %2F for / in them.'
  }
  if (message.includes('NOAUTH')) return 'Redis wants a password. Give it: rediss://user:password@host:port.'
  if (message.includes('NOPERM')) {
    return 'The user of REDIS_URL may not do what Loom needs. Grant it all commands on the keys loom:* and INFO.'
  }
  if (message.includes('LOADING')) return 'Redis is still loading its data. Try again in a moment.'
  if (message.includes('Protocol error') || (code === 'ECONNRESET' && !tls)) {
    return 'What answers at REDIS_URL does not speak Redis in the clear. If it is one with TLS, begin REDIS_URL with rediss://.'
  }
  if (code === 'ECONNRESET') return tlsWords.handshake
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return 'The host name in REDIS_URL leads nowhere. Check its spelling and this machine’s name server.'
  }
  if (code === 'ETIMEDOUT') return silentWords(tls)
  return code === 'ECONNREFUSED' ? `Redis refused the connection. ${reachWords}` : undefined
}

/** What the server's own account says. Managed servers forbid CONFIG; INFO has the policy too. */
function judge(
  info: string,
  address: { db: number; tls: boolean },
  errors: readonly unknown[],
): { ok: string[]; faults: string[] } {
  const facts = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)))
  const faults: string[] = []
  const valkey = facts.get('valkey_version')
  const version = valkey ?? facts.get('redis_version') ?? ''
  if (!valkey && isOlder(version, [6, 2])) {
    faults.push(`Redis is version ${version || 'unknown'}; Loom needs 6.2 or newer. Update the server.`)
  }
  if (facts.get('role') !== 'master') {
    faults.push('REDIS_URL leads to a replica, which takes no writes. Give the address of the primary.')
  }
  if (facts.get('cluster_enabled') === '1') {
    faults.push('Redis runs in cluster mode, which Loom does not use. Give one with cluster mode off.')
  }
  const policy = facts.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    faults.push(
      `Redis forgets keys when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction.`,
    )
  }
  if (errors.some((error) => /DB index|SELECT is not allowed/i.test((error as Error).message))) {
    faults.push(`Redis has no database number ${address.db}. Leave the number out at the end of REDIS_URL.`)
  }
  if (faults.length > 0) return { ok: [], faults }
  const words = [
    `${valkey ? 'Valkey' : 'Redis'} ${version}`,
    'primary',
    address.tls ? 'TLS' : 'no TLS',
    policy ?? 'eviction policy not told',
    ...(address.db > 0 ? [`database ${address.db}`] : []),
  ]
  return { ok: [words.join(', ')], faults }
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(':')
  return [line.slice(0, Math.max(at, 0)), line.slice(at + 1)]
}

function isOlder(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < than[0] || (major === than[0] && minor < than[1])
}
