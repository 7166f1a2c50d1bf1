import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { pino } from 'pino'
import type { Log } from './core/ports.ts'

/** Structured lines on the error stream, so that answers on the output stay clean. */
export function createLog(input: { level: string }): Log {
  return pino({ level: input.level, base: null }, pino.destination({ fd: 2, sync: true }))
}

/**
 * The same lines in a file, for commands whose terminal belongs to the person. The folder is made with the first line,
 * after the home itself is there.
 */
export function createFileLog(input: { level: string; file: string }): Log {
  let opened: pino.Logger | undefined
  const open = () => {
    mkdirSync(path.dirname(input.file), { recursive: true, mode: 0o700 })
    opened ??= pino(
      { level: input.level, base: { pid: process.pid } },
      pino.destination({ dest: input.file, sync: true }),
    )
    return opened
  }
  return lazily(() => open())
}

function lazily(log: () => Log): Log {
  return {
    debug: (fields, message) => log().debug(fields, message),
    info: (fields, message) => log().info(fields, message),
    warn: (fields, message) => log().warn(fields, message),
    error: (fields, message) => log().error(fields, message),
    child: (fields) => lazily(() => log().child(fields)),
  }
}
