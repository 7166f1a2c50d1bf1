import { LoomError } from '../../core/errors.ts'

/** The system's code of a failed file operation, such as `ENOENT`; `undefined` for any other thrown value. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

export function isMissing(thrown: unknown): boolean {
  const code = errnoOf(thrown)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
}

/** Runs file operations; what the disk refuses comes out as `LoomError`, everything else as it was thrown. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fromDisk(thrown)
  }
}

/** A failed file operation of the store in words: `unavailable`, because the object may well be there later. */
export function fromDisk(thrown: unknown): unknown {
  const code = errnoOf(thrown)
  if (code === undefined) return thrown
  return new LoomError({
    kind: 'unavailable',
    message: sentence(code),
    detail: `disk: ${code}`,
    cause: thrown,
  })
}

function sentence(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk that keeps Loom’s files is full. Free some space, then try again.'
    case 'EACCES':
    case 'EPERM':
      return 'Loom is not allowed to use the folder that keeps its files. Check who owns it.'
    case 'EROFS':
      return 'The disk that keeps Loom’s files is read-only. Make it writable, then try again.'
    case 'EMFILE':
    case 'ENFILE':
      return 'Too many files are open on this machine. Try again in a moment.'
    default:
      return 'The disk that keeps Loom’s files does not answer as it should. Try again in a moment.'
  }
}

export function objectMissing(): LoomError {
  return new LoomError({ kind: 'not_found', message: 'That file is not stored here any more.' })
}
