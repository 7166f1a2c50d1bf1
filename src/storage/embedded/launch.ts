import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { LoomError } from '../../core/errors.ts'
import { program } from './binaries.ts'
import { programFault } from './faults.ts'
import { openServerLog } from './log-file.ts'
import type { Cluster } from './place.ts'
import { readPostmaster } from './postmaster.ts'
import { programEnvironment, run } from './run.ts'
import { serverSettings } from './settings.ts'

const portAttempts = 5

/**
 * Starts the server of a cluster on which none is running and gives the port on which it takes connections:
 * `preferredPort` where that is free. The server outlives this process. Throws `unavailable` when it fails, and when
 * it is not ready at `deadline` (of `performance.now()`): it then goes on with its repairs. Call under the home's lock.
 */
export async function launch(
  cluster: Cluster,
  input: { preferredPort: number; deadline: number },
): Promise<number> {
  let port = await freePort(input.preferredPort)
  for (let attempt = 1; ; attempt += 1) {
    const failure = await tryLaunch(cluster, { port, deadline: input.deadline })
    if (failure === undefined) return port
    // Somebody took the port between our look and the server's start.
    const taken = failure.includes('could not bind') && attempt < portAttempts
    // The last server was killed and its children are still on their way out: they hold its shared memory.
    const lingering = failure.includes('shared memory block') && performance.now() < input.deadline
    if (!taken && !lingering) throw programFault({ doing: 'start', output: failure, home: cluster.home })
    if (taken) port = await freePort(0)
    if (lingering) await pause(100)
  }
}

// Undefined when the server is ready, else what it logged before it gave up.
async function tryLaunch(
  cluster: Cluster,
  input: { port: number; deadline: number },
): Promise<string | undefined> {
  const log = await openServerLog(cluster.home)
  try {
    const server = await spawnServer(cluster, { port: input.port, logFd: log.fd })
    for (;;) {
      const found = await readPostmaster(cluster.dataDir)
      if (found?.pid === server.pid && found?.ready) return undefined
      if (server.exitCode !== null || server.signalCode !== null) return await log.tail()
      if (performance.now() > input.deadline) throw stillStarting(await log.tail())
      await pause(15)
    }
  } finally {
    await log.close()
  }
}

/**
 * Why not `pg_ctl start`: it hands our paths to a shell, and it gives no way past a stale `postmaster.pid` whose number
 * now belongs to another program. Removing that file would be one, but with it goes Postgres's own guard against two
 * servers on one directory; so the file stays and Postgres is told to take that one number for a relative of its own.
 */
async function spawnServer(cluster: Cluster, input: { port: number; logFd: number }) {
  const server = spawn(
    program(cluster.native, 'postgres'),
    ['-D', cluster.dataDir, ...serverSettings(input.port)],
    {
      ...cluster.account,
      cwd: cluster.dataDir,
      env: { ...programEnvironment, ...(await pastStalePid(cluster.dataDir)) },
      detached: true,
      stdio: ['ignore', input.logFd, input.logFd],
    },
  )
  server.unref()
  await new Promise((resolve, reject) => server.once('spawn', resolve).once('error', reject))
  return server
}

/** The environment that lets a Postgres start past a `postmaster.pid` which is known to be stale. */
export async function pastStalePid(dataDir: string): Promise<Record<string, string>> {
  const stale = await readPostmaster(dataDir)
  return stale === undefined ? {} : { PG_GRANDPARENT_PID: String(stale.pid) }
}

/** Stops the server of a cluster, ending every connection to it, and waits until it is down. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const { code, output } = await run({
    file: program(cluster.native, 'pg_ctl'),
    args: ['stop', '-D', cluster.dataDir, '-m', 'fast', '-w', '-t', '30'],
    account: cluster.account,
    timeoutMs: 35_000,
  })
  if (code !== 0) throw programFault({ doing: 'stop', output, home: cluster.home })
}

function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort(0))))
    probe.listen({ port: preferred, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

function stillStarting(log: string): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: 'The local database is still starting, perhaps repairing itself: try again in a minute.',
    detail: log,
  })
}
