import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import postgres from 'postgres'
import { afterAll, afterEach, vi } from 'vitest'
import { z } from 'zod'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../src/storage/embedded/open.ts'
import { findPostmaster } from '../../../src/storage/embedded/postmaster.ts'

export const asRoot = process.getuid?.() === 0
export const nobody = { uid: 65_534, gid: 65_534 }

/** A Loom in a process of its own. `close` lets it close in order, `kill` ends it with -9. */
export type LoomProcess = z.infer<typeof report> & {
  close(): Promise<void>
  kill(): Promise<void>
}

const report = z.object({
  url: z.string().default(''),
  said: z.array(z.string()).default([]),
  fault: z.object({ kind: z.string(), message: z.string(), detail: z.string().optional() }).optional(),
})

/**
 * The stage of a test file: call it once, at the top. Whatever a test makes, starts or opens through it is ended and
 * removed after that test.
 */
export function useScene() {
  const scene = createScene()
  afterEach(() => scene.clear())
  afterAll(() => scene.clearTemplate())
  return scene
}

function createScene() {
  let made: Promise<string> | undefined
  const folders: string[] = []
  const homes = new Set<string>()
  const children: ChildProcess[] = []
  const opened: EmbeddedPostgres[] = []

  const folder = async (mode = 0o755): Promise<string> => {
    const path = await mkdtemp(join(tmpdir(), 'loom-embedded-'))
    folders.push(path)
    await chmod(path, mode)
    return path
  }

  const spawnLoom = (home: string, options: { stagingDir?: string; account?: typeof nobody } = {}) => {
    homes.add(home)
    const script = join(import.meta.dirname, 'fixtures/hold.ts')
    const args = options.stagingDir === undefined ? [home] : [home, options.stagingDir]
    const child = spawn(process.execPath, [script, ...args], {
      ...options.account,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    return child
  }

  return {
    folder,
    spawnLoom,
    /** A path where no home is yet. */
    newHome: async () => join(await folder(), '.loom'),
    /** A home whose database exists and holds the table `kept`, without the second that `initdb` takes. */
    home: async () => {
      const parent = await folder()
      made ??= makeTemplate()
      const copy = spawn('cp', ['-a', join(await made, '.loom'), parent], { stdio: 'inherit' })
      await once(copy, 'exit')
      return join(parent, '.loom')
    },
    open: async (home: string, options: { stagingDir?: string; say?: (line: string) => void } = {}) => {
      homes.add(home)
      const server = await openEmbeddedPostgres({ say: () => undefined, ...options, home })
      opened.push(server)
      return server
    },
    loom: async (home: string, options: Parameters<typeof spawnLoom>[1] = {}): Promise<LoomProcess> => {
      const child = spawnLoom(home, options)
      const [line] = await once(createInterface({ input: child.stdout }), 'line')
      return {
        ...report.parse(JSON.parse(line)),
        close: () => ended(child, () => child.stdin.end()),
        kill: () => ended(child, () => child.kill('SIGKILL')),
      }
    },
    closeAll: async () => {
      for (const server of opened.splice(0)) await server.close()
    },
    clear: async () => {
      for (const child of children.splice(0)) await ended(child, () => child.kill('SIGKILL'))
      for (const server of opened.splice(0)) await server.close().catch(() => undefined)
      for (const home of homes) await stopLeftover(home)
      homes.clear()
      for (const path of folders.splice(0)) await removeFolder(path)
    },
    clearTemplate: async () => {
      if (made !== undefined) await removeFolder(await made)
    },
  }
}

const removeFolder = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 10 })

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loom-embedded-template-'))
  await chmod(folder, 0o755)
  const home = join(folder, '.loom')
  const { url, close } = await openEmbeddedPostgres({ home, say: () => undefined })
  await withSql(url, (sql) => sql`create table kept as select 'yes' as word`)
  await close()
  return folder
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}

async function stopLeftover(home: string): Promise<void> {
  const running = await serverPid(home)
  if (running === undefined) return
  process.kill(running, 'SIGINT')
  await serverIsDown(home)
}

/** The number of the server's process that runs for this home; undefined when it is down. */
export async function serverPid(home: string): Promise<number | undefined> {
  return (await findPostmaster(join(home, 'pg')).catch(() => undefined))?.pid
}

export async function serverIsDown(home: string): Promise<void> {
  await vi.waitUntil(async () => (await serverPid(home)) === undefined, { timeout: 20_000, interval: 20 })
}

/** Runs `work` on a connection of its own. */
export async function withSql<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** What the table `kept` of a prepared home holds: `yes`, as long as no data was lost. */
export function keptWord(url: string): Promise<string | undefined> {
  return withSql(url, async (sql) => {
    const [row] = await sql<{ word: string }[]>`select word from kept`
    return row?.word
  })
}

/** When the server was started: the same for all who share one. */
export function startTime(url: string): Promise<string> {
  return withSql(url, async (sql) => {
    const [row] = await sql<{ at: string }[]>`select pg_postmaster_start_time()::text as at`
    return row?.at ?? ''
  })
}
