import type { BigIntStats } from 'node:fs'
import { LoomError } from '../../core/errors.ts'
import { errnoOf } from './disk-errors.ts'

export function fileKind(seen: BigIntStats): string {
  if (seen.isDirectory()) return 'a folder'
  if (seen.isFIFO()) return 'a pipe'
  if (seen.isSocket()) return 'a socket'
  if (seen.isCharacterDevice() || seen.isBlockDevice()) return 'a device'
  return 'not a file'
}

/** What the system says about a file of the person, in words for the person; other errors as they were thrown. */
export function fromUsersFile(thrown: unknown, name: string): unknown {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_INVALID_ARG_VALUE') {
    return new LoomError({ kind: 'invalid_input', message: 'That file name cannot be used.', cause: thrown })
  }
  const code = errnoOf(thrown)
  switch (code) {
    case undefined:
      return thrown
    case 'ENOENT':
    case 'ENOTDIR':
      return new LoomError({
        kind: 'not_found',
        message: `There is no file ${name}.`,
        detail: code,
        cause: thrown,
      })
    case 'EACCES':
    case 'EPERM':
      return new LoomError({
        kind: 'forbidden',
        message: `Loom is not allowed to read ${name}.`,
        detail: code,
        cause: thrown,
      })
    default:
      return new LoomError({
        kind: 'invalid_input',
        message: `${name} cannot be read to its end (${code}).`,
        detail: code,
        cause: thrown,
      })
  }
}
