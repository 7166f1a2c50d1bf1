import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { within } from './within.ts'

/** A Redis that remembers nothing, of the test's own: it may be flushed and killed. */
export interface OwnRedis {
  url: string
  port: number
  /** Ends it as a crash does. */
  kill(): Promise<void>
  /** Starts it again at the same address, empty. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Whether this machine has a Redis server to start. */
export function hasRedisServer(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('There is no redis-server on this machine: what restarts one is skipped.')
    return false
  }
}

/** `settings` are redis-server's own, without the dashes. */
export async function openOwnRedis(settings: Record<string, string> = {}): Promise<OwnRedis> {
  const port = await freePort()
  const directory = await mkdtemp(path.join(tmpdir(), 'loom-redis-'))
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    if (!child) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    child = undefined
  }
  const start = async (): Promise<void> => {
    const all = {
      port: String(port),
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: directory,
      ...settings,
    }
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
    child = spawn('redis-server', args, { stdio: 'ignore' })
    await within(10_000, () => answers(port))
  }
  await start()
  return {
    url,
    port,
    kill,
    start,
    async close() {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Whether somebody speaks at the port, in whatever way. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
