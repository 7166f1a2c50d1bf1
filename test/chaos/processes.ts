import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

/** A process of Loom that is brought back whenever it is gone, as an orchestrator does. */
export interface Kept {
  name: string
  /** Ends it with SIGKILL and starts it again after `awayMs`. Answers `false` when it was not running. */
  kill(awayMs: number): boolean
  /** How often it ended without having been killed. */
  ownEnds(): number
  /** Ends it for good, giving it a few seconds to close by itself. */
  close(): Promise<void>
}

/** Starts `script` with `words` and keeps it running. What it logs is added to a file of its name in `logs`. */
export function keepProcess(input: {
  name: string
  script: string
  words: readonly string[]
  env: Readonly<Record<string, string>>
  logs: string
}): Kept {
  const { env, logs, name, script, words } = input
  let child: ChildProcess | undefined
  let wanted = true
  let killed = false
  let ownEnds = 0
  let restartInMs = 500
  let timer: NodeJS.Timeout | undefined

  const start = (): void => {
    const log = openSync(path.join(logs, `${name}.log`), 'a', 0o600)
    killed = false
    restartInMs = 500
    const { HOME = '', PATH = '' } = process.env
    // Half of what a process of Loom does before its first word is compiling its own sources.
    const NODE_COMPILE_CACHE = path.join(tmpdir(), 'loom-test-compiled')
    const started = spawn(process.execPath, [path.join(root, script), ...words], {
      cwd: logs,
      env: { HOME, PATH, NODE_COMPILE_CACHE, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', 'ignore', log],
    })
    closeSync(log)
    child = started
    started.once('exit', () => {
      child = undefined
      if (!wanted) return
      if (!killed) ownEnds += 1
      timer = setTimeout(start, restartInMs)
    })
  }
  start()
  // A supervisor that dies of a fault of its own leaves nothing running.
  const orphaned = () => void child?.kill('SIGKILL')
  process.on('exit', orphaned)

  return {
    name,
    kill(awayMs) {
      if (!child || killed) return false
      killed = true
      restartInMs = awayMs
      return child.kill('SIGKILL')
    },
    ownEnds: () => ownEnds,
    async close() {
      wanted = false
      clearTimeout(timer)
      if (!child) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const last = child
      const bound = setTimeout(() => last.kill('SIGKILL'), 15_000)
      await exited
      clearTimeout(bound)
      process.off('exit', orphaned)
    },
  }
}
