import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pingRedis } from '../../src/queue.ts'
import { within } from './within.ts'

/** A Redis that remembers nothing, of the test's own: it may be flushed and killed. */
export interface OwnRedis {
  url: string
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

export async function openOwnRedis(): Promise<OwnRedis> {
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
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    child = spawn('redis-server', [...settings, '--dir', directory], { stdio: 'ignore' })
    await within(10_000, () => pingRedis(url))
  }
  await start()
  return {
    url,
    kill,
    start,
    async close() {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
