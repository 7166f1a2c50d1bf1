import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, inject, vi } from 'vitest'
import { type BriefResult, briefResultSchema } from '../../src/bots/local/json-terminal.ts'
import { findPostmaster } from '../../src/storage/embedded/postmaster.ts'
import { openTestBed, type TestBed } from '../support/store.ts'
import type { CommandOrder } from './command-host.ts'

const root = path.join(import.meta.dirname, '../..')
export const node = path.join(root, 'node_modules/.bin/node')
export const examples = path.join(root, 'examples')
export const asRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }

export interface SpawnOptions {
  cwd: string
  env?: Readonly<Record<string, string>>
  /** In a process group of its own, as a terminal gives it. */
  group?: boolean
  /** As an account without rights; only where the tests run as root. */
  asNobody?: boolean
  ipc?: boolean
  /** What its input holds; without it there is none. */
  stdin?: string
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A process of Loom under test. */
export interface Running {
  child: ChildProcess
  stdout(): string
  stderr(): string
  ended: Promise<Ended>
  /** Resolves when the text stands on one of the streams; fails when the process ends first. */
  says(text: string | RegExp): Promise<void>
}

/** Ends and removes, after each test, whatever the test started and made through it. */
export function useProcesses() {
  const folders: string[] = []
  const homes = new Set<string>()
  const children: { child: ChildProcess; group: boolean }[] = []
  const beds: TestBed[] = []

  const clear = async () => {
    for (const { child, group } of children.splice(0)) await end(child, group)
    for (const home of homes) await stopServer(home)
    homes.clear()
    for (const bed of beds.splice(0)) await bed.close()
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  afterEach(clear)
  afterAll(clear)
  // Many processes on few cores: what takes seconds alone can take a minute beside other suites.
  vi.setConfig({ testTimeout: 150_000 })

  const run = (script: string, words: readonly string[], options: SpawnOptions): Running => {
    const home = options.env?.LOOM_HOME ?? path.join(options.cwd, '.loom')
    homes.add(home)
    const child = spawn(node, [path.join(root, script), ...words], {
      cwd: options.cwd,
      env: environment({ LOOM_HOME: home, ...options.env }),
      stdio: [
        options.stdin === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...(options.ipc ? ['ipc' as const] : []),
      ],
      detached: options.group ?? false,
      ...(options.asNobody ? nobody : {}),
    })
    child.stdin?.end(options.stdin)
    children.push({ child, group: options.group ?? false })
    return follow(child)
  }

  let host: Running | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const command = (words: readonly string[], options: SpawnOptions): Promise<Ended> => {
    const next = turn.then(() => {
      if (!host || host.child.exitCode !== null || host.child.signalCode !== null) host = openHost()
      return hosted(host, words, options)
    })
    turn = next.catch(() => undefined)
    return next
  }
  const openHost = () =>
    follow(spawn(node, [commandHost], { env: environment({}), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }))
  afterAll(() => host && end(host.child, false))

  return {
    run,
    /** `npm run loom -- …` with a database of its own, in a process that has run others before. */
    loom: command,
    /** `npm run brief -- …` */
    brief: (words: readonly string[], options: SpawnOptions) => run('src/cli/brief.ts', words, options),
    folder: async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'loom-story-'))
      // The embedded server of a root's Loom runs under another account, which must pass through here.
      await chmod(folder, 0o755)
      folders.push(folder)
      return folder
    },
    /** A database of its own, copied in milliseconds; on this machine's own Postgres, if asked for and there is one. */
    bed: async (where: 'embedded' | 'system' = 'embedded') => {
      const server = inject('servers').at(where === 'system' ? -1 : 0)
      if (!server) throw new Error('no test server')
      const bed = await openTestBed(server)
      beds.push(bed)
      return bed
    },
  }
}

export type Processes = ReturnType<typeof useProcesses>

const commandHost = path.join(import.meta.dirname, 'command-host.ts')

/** One command in a host that does nothing else meanwhile. */
async function hosted(host: Running, words: readonly string[], { cwd, env }: SpawnOptions): Promise<Ended> {
  const mark = `\0${randomUUID()}\n`
  const before = { stdout: host.stdout().length, stderr: host.stderr().length }
  const order: CommandOrder = {
    ...{ words, cwd, mark },
    env: environment({ LOOM_HOME: path.join(cwd, '.loom'), ...env }),
  }
  host.child.send(order)
  await host.says(mark)
  await until(() => host.stdout().endsWith(mark) && host.stderr().endsWith(mark), 'both streams were read')
  const said = host.stdout().slice(before.stdout, -mark.length)
  return {
    code: Number(said.slice(-1)),
    signal: null,
    stdout: said.slice(0, -1),
    stderr: host.stderr().slice(before.stderr, -mark.length),
  }
}

function environment(own: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  // Half of what a process of Loom does before its first word is compiling its own sources.
  const NODE_COMPILE_CACHE = path.join(tmpdir(), 'loom-test-compiled')
  return { PATH, HOME, NODE_COMPILE_CACHE, LOG_LEVEL: 'debug', LC_ALL: 'C.UTF-8', ...own }
}

function follow(child: ChildProcess): Running {
  const text = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }))
  return {
    child,
    ended,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    says: (wanted) =>
      new Promise<void>((resolve, reject) => {
        const unsaid = (how: string) =>
          reject(new Error(`${how} before it said ${wanted}:\n${text.stderr}\n${text.stdout}`))
        const late = setTimeout(unsaid, 120_000, 'two minutes went by')
        const look = () => {
          const all = `${text.stdout}\n${text.stderr}`
          if (typeof wanted === 'string' ? !all.includes(wanted) : !wanted.test(all)) return
          listeners.delete(look)
          clearTimeout(late)
          resolve()
        }
        listeners.add(look)
        look()
        void ended.then(({ code }) => {
          clearTimeout(late)
          unsaid(`ended with ${code}`)
        })
      }),
  }
}

async function end(child: ChildProcess, group: boolean): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = once(child, 'exit')
  if (group) process.kill(-child.pid, 'SIGKILL')
  else child.kill('SIGKILL')
  await exit
}

/** The pid of the embedded server that runs for a home. */
export async function serverPid(home: string): Promise<number | undefined> {
  if (!existsSync(home)) return undefined
  return (await findPostmaster(path.join(home, 'pg')).catch(() => undefined))?.pid
}

async function stopServer(home: string): Promise<void> {
  const pid = await serverPid(home)
  if (pid === undefined) return
  process.kill(pid, 'SIGINT')
  await until(async () => (await serverPid(home)) === undefined, 'the embedded server ended')
}

/** Waits for a condition, at most 30 seconds. `what` is asked when it did not come, so that it can say what is there then. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string | (() => string),
  timeoutMs = 30_000,
) {
  await vi.waitUntil(condition, { timeout: timeoutMs, interval: 25 }).catch(() => {
    throw new Error(`did not happen within ${timeoutMs} ms: ${typeof what === 'string' ? what : what()}`)
  })
}

/** Fails with everything that the process said. */
export function expectExit(ended: Ended, code: number): void {
  if (ended.code === code) return
  throw new Error(`exit ${ended.code ?? ended.signal}, not ${code}:\n${ended.stderr}\n${ended.stdout}`)
}

/** The one document that `--json` prints. */
export function documentOf(ended: Ended): BriefResult {
  const lines = ended.stdout.split('\n').filter((line) => line !== '')
  if (lines.length !== 1) {
    throw new Error(`${lines.length} lines on stdout, exit ${ended.code}:\n${ended.stdout}\n${ended.stderr}`)
  }
  return briefResultSchema.parse(JSON.parse(lines[0] ?? ''))
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
