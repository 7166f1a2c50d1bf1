import { LoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import { earlierFolder } from '../../core/workspace.ts'
import { baseName, freePath } from './file-name.ts'

/** Control, formatting (bidirectional, zero-width, tags), half surrogates, line and paragraph separators. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
/** Names that are devices on Windows, where a person may save the file. */
const device = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

/**
 * A path inside the workspace in its one spelling: relative, POSIX, NFC, no doubled slash, no leading `./`. Doing it
 * twice changes nothing. Throws `invalid_input`, naming the fault, for anything that is or could be mistaken for
 * another place: `..`, absolute, drives, backslashes, invisible characters, trailing dots or spaces, devices, a
 * trailing slash, more than 240 bytes, nothing at all.
 */
export function normalizePath(path: string): string {
  if (path.length > limits.pathBytes * 4) throw tooLong()
  const plain = path.normalize('NFC')
  if (invisible.test(plain)) throw unusable('it has invisible or control characters')
  if (plain.includes('\\')) throw unusable('it has a backslash; folders are separated by /')
  if (plain.startsWith('/')) throw unusable('it is absolute; paths begin inside the workspace')
  if (/^[a-z]:/i.test(plain)) throw unusable('it names a drive; paths begin inside the workspace')
  const segments = plain.replace(/^(?:\.\/+)+/, '').split(/\/+/)
  if (segments.join('') === '') throw unusable('it is empty')
  for (const segment of segments) refuseSegment(segment)
  const normal = segments.join('/')
  if (/^[a-z]:/i.test(normal)) throw unusable('it names a drive; paths begin inside the workspace')
  if (Buffer.byteLength(normal) > limits.pathBytes) throw tooLong()
  return normal
}

function refuseSegment(segment: string): void {
  if (segment === '') throw unusable('it ends with a slash, which names a folder')
  if (segment === '..') throw unusable('.. would leave the workspace')
  if (segment === '.') throw unusable('. is not a name')
  if (/^\s|[.\s]$/u.test(segment))
    throw unusable('a name in it begins with a space or ends with a space or a dot')
  if (device.test(segment)) throw unusable('a name in it is a device on some systems')
}

/**
 * A safe, free path `inputs/<name>` for a file that a person named. Never refuses: takes the last part of the name,
 * drops what is invisible, replaces what some systems forbid, shortens the stem, numbers duplicates (`churn-2.csv`).
 * Adds its answer to `taken`.
 */
export function safeInputName(name: string, taken: Set<string>): string {
  const visible = name.replace(new RegExp(invisible, 'gu'), '').normalize('NFC')
  const parts = visible.split(/[/\\]/).map(trimmed)
  const last = parts.findLast((part) => part !== '') ?? 'file'
  const harmless = last.replace(/[<>:"|?*]/g, '_')
  const path = freePath({
    folder: 'inputs/',
    name: device.test(harmless) ? `_${harmless}` : harmless,
    addition: '',
    maxBytes: limits.pathBytes,
    isTaken: (path) => taken.has(path),
  })
  taken.add(path)
  return path
}

/**
 * A free path `inputs/earlier/…` for what an earlier job had at `path` of its workspace, such as `final/may/report.md`:
 * folders below final/ are kept, so that names stay apart as they were. Adds its answer to `taken`.
 */
export function earlierInputName(path: string, taken: Set<string>): string {
  const below = path.startsWith(earlierFolder)
    ? path.slice(earlierFolder.length)
    : path.replace(/^final\//u, '')
  const name = baseName(below)
  const folder = earlierFolder + below.slice(0, below.length - name.length)
  const found = freePath({
    folder: Buffer.byteLength(folder) <= limits.pathBytes / 2 ? folder : earlierFolder,
    name,
    addition: '',
    maxBytes: limits.pathBytes,
    isTaken: (candidate) => taken.has(candidate),
  })
  taken.add(found)
  return found
}

function trimmed(part: string): string {
  return part.replace(/^\s+/u, '').replace(/[.\s]+$/u, '')
}

function unusable(why: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message: `That path cannot be used: ${why}.` })
}

function tooLong(): LoomError {
  return unusable(`it is longer than ${limits.pathBytes} bytes`)
}
