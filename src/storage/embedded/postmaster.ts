import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './faults.ts'
import { run } from './run.ts'

/** What `postmaster.pid` says. `port` is undefined while the server writes it, `ready` once it takes connections. */
export type Postmaster = { pid: number; port: number | undefined; ready: boolean }

/** Reads `postmaster.pid`; undefined without one. The process it names may be long dead, or another program. */
export async function readPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n')
  const pid = Number.parseInt(lines[0] ?? '', 10)
  const port = Number.parseInt(lines[3] ?? '', 10)
  if (!(pid > 0)) return undefined
  return { pid, port: port > 0 ? port : undefined, ready: lines[7]?.trim() === 'ready' }
}

/** The server that is running on this data directory now, at whatever stage of its life; else undefined. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const recorded = await readPostmaster(dataDir)
  return recorded !== undefined && (await serves(recorded.pid, dataDir)) ? recorded : undefined
}

async function serves(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform === 'win32') return answersSignals(pid)
  if (process.platform !== 'linux') return (await commandOf(pid)).includes(dataDir)
  try {
    // A postmaster works in its data directory. Other programs that were given its number do not.
    const [here, there] = await Promise.all([stat(dataDir), stat(`/proc/${pid}/cwd`)])
    return here.ino === there.ino && here.dev === there.dev
  } catch (error) {
    // Root in a container may lack the right to look, but command lines are open to all.
    if (errorCode(error) === 'EACCES') return (await commandLine(pid)).includes(dataDir)
    return false
  }
}

async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

async function commandOf(pid: number): Promise<string> {
  const args = ['-ww', '-o', 'command=', '-p', String(pid)]
  return (await run({ file: 'ps', args, account: undefined, timeoutMs: 5_000 })).output
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
