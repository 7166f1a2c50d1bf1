import { LoomError } from '../../core/errors.ts'

/** The code of a system, SQLite or Postgres error, such as `EACCES` or `28P01`. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const closedDoors = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']
const fullDisks = ['ENOSPC', 'EDQUOT']

/** What went wrong with a file, as a sentence that says what to do. A `LoomError` passes unchanged. */
export function fileFault(error: unknown, home: string): LoomError {
  if (error instanceof LoomError) return error
  const code = errorCode(error)
  const detail = error instanceof Error ? error.message : String(error)
  if (detail.startsWith('spawn')) return programFault({ doing: 'start', output: detail, home })
  if (code !== undefined && fullDisks.includes(code)) return diskFull(home, detail)
  if (code !== undefined && closedDoors.includes(code)) return homeClosed(home, detail, error)
  return new LoomError({
    kind: 'internal',
    message: `The local database under ${home} could not be opened.`,
    detail,
    cause: error,
  })
}

export function homeClosed(home: string, detail: string, cause?: unknown): LoomError {
  const message = `Loom cannot write in ${home}: give yourself that folder, or point LOOM_HOME at another one.`
  return new LoomError({ kind: 'forbidden', message, detail, cause })
}

export function diskFull(home: string, detail: string): LoomError {
  const message = `The disk that holds ${home} is full: free some space, then start Loom again. Your data is kept.`
  return new LoomError({ kind: 'unavailable', message, detail, retryable: false })
}

/** What `initdb` or `postgres` said when it failed, as a sentence that says what to do. */
export function programFault(input: { doing: string; output: string; home: string }): LoomError {
  const { output, home } = input
  if (/No space left on device|Disk quota exceeded/i.test(output)) return diskFull(home, output)
  const unfinished = /^spawn|error while loading shared libraries|Library not loaded/i.test(output)
  return new LoomError({
    kind: 'unavailable',
    message: unfinished
      ? 'The local Postgres is only half installed: run `npm ci` again with its install scripts approved.'
      : `The local database could not ${input.doing}: see ${home}/logs/postgres.log. Your data is kept.`,
    detail: output,
    retryable: false,
  })
}
