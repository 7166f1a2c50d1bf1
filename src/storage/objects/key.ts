import { LoomError } from '../../core/errors.ts'

const keyBytes = 1024
const segmentBytes = 255
const forbidden = /[\p{Cc}\p{Cs}\\]/u

/**
 * The segments of an object's key, `a/b/c`. Throws `invalid_input` for a key that could mean another place than it
 * says: absolute, with `.`, `..` or an empty segment, a backslash, a control character, or too long for any store.
 */
export function keySegments(key: string): readonly string[] {
  if (Buffer.byteLength(key) > keyBytes) throw badKey('longer than 1024 bytes')
  if (forbidden.test(key)) throw badKey('a backslash, a control character or half a surrogate pair')
  const segments = key.split('/')
  for (const segment of segments) {
    if (segment === '') throw badKey('an empty segment')
    if (segment === '.' || segment === '..') throw badKey('a dot segment')
    if (Buffer.byteLength(segment) > segmentBytes) throw badKey('a segment longer than 255 bytes')
  }
  return segments
}

export function badKey(why: string): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message: 'A file could not be stored under that name.',
    detail: `object key: ${why}`,
  })
}
