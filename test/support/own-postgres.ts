import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import postgres from 'postgres'
import { describe } from 'vitest'
import { canReach, serverAccount } from '../../src/storage/embedded/account.ts'
import { locateBinaries } from '../../src/storage/embedded/binaries.ts'
import { programEnvironment, run } from '../../src/storage/embedded/run.ts'

/** A Postgres of a test's own, in which nothing is yet: no role of Loom and no database. */
export interface OwnPostgres {
  port: number
  adminUrl: string
  /** Writes a file that the server can read, and gives its path. */
  place(name: string, text: string): Promise<string>
  /** Stops it as a crash does; connections are reset. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const found = await findBinaries()

/** Runs a suite once for each Postgres whose programs are on this machine. */
export function describeEachPostgres(name: string, suite: (bin: string) => void): void {
  if (found.length === 0) {
    console.log(
      'There are no programs of Postgres on this machine that can be started: their suites are skipped.',
    )
    describe.skip(name, () => suite(''))
  }
  for (const { bin, title } of found) describe(`${name} (own ${title})`, () => suite(bin))
}

async function findBinaries(): Promise<{ title: string; bin: string }[]> {
  const embedded = await locateBinaries().catch(() => undefined)
  const candidates = [
    ...(embedded ? [{ title: `Postgres ${embedded.version}`, bin: path.join(embedded.native, 'bin') }] : []),
    ...['15', '16', '17'].map((major) => ({
      title: `Postgres ${major}`,
      bin: `/usr/lib/postgresql/${major}/bin`,
    })),
  ].filter(({ bin }) => existsSync(path.join(bin, 'initdb')))
  const account = await serverAccount(undefined).catch(() => undefined)
  const reachable = await Promise.all(
    candidates.map(({ bin }) => canReach(account, path.join(bin, 'postgres'))),
  )
  return candidates.filter((_, at) => reachable[at])
}

export async function openOwnPostgres(bin: string): Promise<OwnPostgres> {
  const account = await serverAccount(undefined)
  const folder = await mkdtemp(path.join(tmpdir(), 'loom-own-postgres-'))
  const data = path.join(folder, 'data')
  if (account) await chown(folder, account.uid, account.gid)
  const port = await freePort()
  const adminUrl = `postgres://admin:secret@127.0.0.1:${port}/postgres`
  const place = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name)
    await writeFile(file, text, { mode: 0o600 })
    if (account) await chown(file, account.uid, account.gid)
    return file
  }
  const made = await run({
    file: path.join(bin, 'initdb'),
    args: [
      '-D',
      data,
      '-U',
      'admin',
      '--pwfile',
      await place('password', 'secret'),
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
    ],
    account,
    timeoutMs: 60_000,
  })
  if (made.code !== 0) throw new Error(made.output)
  await chmod(folder, 0o755)

  let server: ReturnType<typeof spawn> | undefined
  const start = async (): Promise<void> => {
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawn(path.join(bin, 'postgres'), ['-D', data, ...args], {
      ...account,
      cwd: '/',
      env: programEnvironment,
      stdio: 'ignore',
    })
    const sql = postgres(adminUrl, { max: 1, backoff: () => 0.05, onnotice: () => undefined })
    const untilMs = performance.now() + 30_000
    while (!(await sql`select 1`.catch(() => undefined))) {
      if (performance.now() > untilMs) throw new Error('the Postgres of the test does not start')
    }
    await sql.end({ timeout: 1 })
  }
  const stop = async (): Promise<void> => {
    if (!server) return
    const exited = once(server, 'exit')
    server.kill('SIGQUIT')
    await exited
    server = undefined
  }
  await start()
  return {
    port,
    adminUrl,
    place,
    stop,
    start,
    async close() {
      await stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
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
