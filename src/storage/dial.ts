import net from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { LoomError } from '../core/errors.ts'
import { databaseError } from './database-error.ts'
import type { PostgresOptions, PostgresTls } from './postgres-options.ts'

/** Makes the sockets of one pool, so that it is known how each failed and none is waited on for ever. */
export interface Dialer {
  /** For the driver's `socket`. Never throws: what failed comes as the error of the stream that is given. */
  dial(): Promise<Duplex>
  /** How many seconds the driver rests before its next try. */
  restS(): number
  /** Ends what is still open or on its way. */
  close(): void
}

const tlsRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const keepAliveMs = 10_000

/**
 * Why not the driver's own sockets: they go on to TLS with a server that has said it speaks none, try again without a
 * rest and without end where a proxy takes the connection and drops it, and wait a quarter of an hour for an answer
 * from a machine that is gone. `silenceMs` is how long an answer may be owed; without it there is no bound.
 */
export function createDialer(
  options: PostgresOptions,
  bounds: { connectMs: number; silenceMs: number | undefined },
): Dialer {
  const sockets = new Set<net.Socket>()
  let failures = 0
  let closed = false

  const remember = <T extends net.Socket>(socket: T): T => {
    sockets.add(socket)
    // Whoever waits for it hears its error too; an error that nobody listens to would end the process.
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    return socket
  }

  const open = async (): Promise<net.Socket> => {
    const plain = remember(net.connect(addressOf(options)))
    const timer = setTimeout(() => plain.destroy(lost('CONNECT_TIMEOUT')), bounds.connectMs)
    try {
      await until(plain, 'connect')
      const socket = options.ssl ? remember(await secure(plain, options.ssl)) : plain
      if (closed) throw lost('CONNECTION_DESTROYED')
      endInError(socket)
      if (bounds.silenceMs !== undefined) watch(socket, bounds.silenceMs)
      return socket
    } catch (thrown) {
      plain.destroy()
      throw thrown
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async dial() {
      try {
        const socket = await open()
        socket.once('data', () => {
          failures = 0
        })
        return socket
      } catch (thrown) {
        failures += 1
        return failing(databaseError(thrown) as Error)
      }
    },
    restS: () => Math.min(0.05 * 2 ** failures, 1.5) * (0.5 + Math.random() / 2),
    close() {
      closed = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

function addressOf({ host, port }: PostgresOptions): net.NetConnectOpts {
  return host.startsWith('/')
    ? { path: `${host}/.s.PGSQL.${port}` }
    : { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
}

async function secure(plain: net.Socket, options: PostgresTls): Promise<tls.TLSSocket> {
  plain.write(tlsRequest)
  const answer = await firstBytes(plain)
  if (answer.toString('latin1') === 'N') {
    throw new LoomError({
      kind: 'unavailable',
      message:
        'The database server does not speak TLS. Turn ssl on in it: Loom speaks to another machine in TLS only.',
      detail: 'no TLS',
      retryable: false,
    })
  }
  // Anything behind the one letter came unencrypted, from somebody who wants it taken for encrypted.
  if (answer.toString('latin1') !== 'S') throw lost('08P01')
  const socket = tls.connect({ ...options, socket: plain })
  await until(socket, 'secureConnect')
  return socket
}

function until(socket: net.Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(lost('ECONNRESET'))
    socket.once('error', reject).once('close', closed)
    socket.once(event, () => {
      socket.off('error', reject).off('close', closed)
      resolve()
    })
  })
}

function firstBytes(socket: net.Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(lost('ECONNRESET'))
    socket.once('error', reject).once('close', closed)
    socket.once('data', (bytes: Buffer) => {
      socket.off('error', reject).off('close', closed)
      socket.pause()
      resolve(bytes)
    })
  })
}

/** A server that hangs up before it has said a word is one that failed: the driver tries those without end. */
function endInError(socket: net.Socket): void {
  const hungUp = () => socket.destroy(lost('ECONNRESET'))
  socket.once('end', hungUp)
  socket.once('data', () => socket.off('end', hungUp))
}

/** Ends a socket on which an answer is owed for `ms`. An idle one owes none; its death is found by the keep-alive. */
function watch(socket: net.Socket, ms: number): void {
  const looks = 4
  let answered = socket.bytesWritten
  let silent = 0
  socket.on('data', () => {
    answered = socket.bytesWritten
    silent = 0
  })
  const timer = setInterval(() => {
    silent = socket.bytesWritten === answered ? 0 : silent + 1
    if (silent > looks) socket.destroy(lost('ETIMEDOUT'))
  }, ms / looks).unref()
  socket.once('close', () => clearInterval(timer))
}

/** A stream that takes what the driver says at once and then fails: a pool that is given no stream waits for ever. */
function failing(error: Error): Duplex {
  const stream = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done() })
  // After the driver's own tick: what it has not yet written when a stream ends would begin its next connection.
  setImmediate(() => setImmediate(() => stream.destroy(error)))
  return stream
}

function lost(code: string): Error {
  return Object.assign(new Error(`the connection to the database was lost: ${code}`), { code })
}
