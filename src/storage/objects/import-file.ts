import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { LoomError } from '../../core/errors.ts'
import { formatBytes } from '../../core/format.ts'
import type { ObjectStore } from '../../core/ports.ts'
import { fileKind, fromUsersFile } from './import-errors.ts'

const headBytes = 65_536
const chunkBytes = 262_144

/**
 * Stores a file of this machine's owner under the key that its hash gives. Answers hash, size and the first 64 KB.
 *
 * Reads the file twice: for the hash, then into the store, checking the hash again on the way; no store needs a
 * temporary key, and a file that changes in between is never stored. Throws `invalid_input` for what is no regular
 * file and for one that changes meanwhile, `too_large` before reading anything, `not_found`, `forbidden`; what the
 * store throws comes out unchanged, and so does the abort.
 */
export async function importFile(input: {
  path: string
  store: ObjectStore
  key: (sha256: string) => string
  limitBytes: number
  signal: AbortSignal
}): Promise<{ sha256: string; bytes: number; head: Uint8Array }> {
  const { path, store, signal } = input
  const name = basename(path)
  signal.throwIfAborted()
  const seen = await look(path, name)
  if (seen.size > BigInt(input.limitBytes)) throw tooLarge(name, seen.size, input.limitBytes)
  const handle = await openUnchanged(path, name, seen)
  try {
    const source: Source = { path, name, handle, seen, signal }
    const hash = createHash('sha256')
    let head: Uint8Array = new Uint8Array(0)
    for await (const chunk of wholeFile(source)) {
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
      hash.update(chunk)
    }
    const sha256 = hash.digest('hex')
    await storeVerified({ source, store, key: input.key(sha256), sha256 })
    return { sha256, bytes: Number(seen.size), head }
  } finally {
    await handle.close()
  }
}

interface Source {
  path: string
  name: string
  handle: FileHandle
  seen: BigIntStats
  signal: AbortSignal
}

async function storeVerified(input: { source: Source; store: ObjectStore; key: string; sha256: string }) {
  const { source } = input
  let fault: { thrown: unknown } | undefined
  async function* verified() {
    try {
      const hash = createHash('sha256')
      for await (const chunk of wholeFile(source)) {
        hash.update(chunk)
        yield chunk
      }
      if (hash.digest('hex') !== input.sha256) throw changed(source.name)
    } catch (thrown) {
      fault = { thrown }
      throw thrown
    }
  }
  try {
    // A blob is served under the type of the path that names it; its own says nothing, so that nothing can lie.
    const meta = { mediaType: 'application/octet-stream' }
    await input.store.put(input.key, Readable.from(verified(), { objectMode: false }), meta)
  } catch (thrown) {
    throw fault === undefined ? thrown : fault.thrown
  }
}

/** The file from its first byte to its last; throws when that is not what `seen` promised. */
async function* wholeFile(source: Source): AsyncGenerator<Uint8Array> {
  const size = Number(source.seen.size)
  let position = 0
  for (;;) {
    source.signal.throwIfAborted()
    const chunk = await readAt(source, position)
    if (chunk.length === 0) break
    position += chunk.length
    if (position > size) throw changed(source.name)
    yield chunk
  }
  const now = await look(source.path, source.name)
  if (position !== size || !sameFile(now, source.seen)) throw changed(source.name)
}

async function readAt(source: Source, position: number): Promise<Uint8Array> {
  try {
    const { buffer, bytesRead } = await source.handle.read(
      Buffer.allocUnsafe(chunkBytes),
      0,
      chunkBytes,
      position,
    )
    return buffer.subarray(0, bytesRead)
  } catch (thrown) {
    throw fromUsersFile(thrown, source.name)
  }
}

async function look(path: string, name: string): Promise<BigIntStats> {
  try {
    const seen = await stat(path, { bigint: true })
    if (seen.isFile()) return seen
    throw new LoomError({
      kind: 'invalid_input',
      message: `${name || path} is ${fileKind(seen)}. Loom takes regular files only.`,
    })
  } catch (thrown) {
    throw fromUsersFile(thrown, name)
  }
}

async function openUnchanged(path: string, name: string, seen: BigIntStats): Promise<FileHandle> {
  try {
    // Not blocking: the path may have become a FIFO since it was looked at.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (sameFile(await handle.stat({ bigint: true }), seen)) return handle
    await handle.close()
  } catch (thrown) {
    throw fromUsersFile(thrown, name)
  }
  throw changed(name)
}

function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs
}

function changed(name: string): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message: `${name} changed while it was being read. Nothing of it was kept; try again when it is finished.`,
  })
}

function tooLarge(name: string, size: bigint, limitBytes: number): LoomError {
  const exact = size.toLocaleString('en-US')
  return new LoomError({
    kind: 'too_large',
    message: `${name} has ${exact} bytes (${formatBytes(Number(size))}); a file may have at most ${formatBytes(limitBytes)}.`,
  })
}
