import { randomUUID } from 'node:crypto'
import { constants, lstatSync, realpathSync } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock, ObjectStore } from '../../core/ports.ts'
import { errnoOf, fromDisk, isMissing, objectMissing, onDisk } from './disk-errors.ts'
import { incoming, makeFolders, prepareRoot, removeIfEmpty, removeTree, syncFolder } from './disk-folders.ts'
import { listTree, tidyIncoming } from './disk-list.ts'
import { badKey, keySegments } from './key.ts'

/**
 * Objects as files below `root` (folders 0700, files 0600), for one machine.
 *
 * A body is written beside its place, synced and renamed into it, so a reader sees nothing or everything. Links inside
 * the root are never followed: what lies behind one is not an object. Prefixes are whole segments: `a/b` covers `a/b`
 * and `a/b/c`, never `a/bc`. The body that `stream` answers must be read or destroyed. Throws `unavailable` when the
 * disk is full, read-only or closed to us, also at creation.
 */
export function createDiskObjects(deps: { root: string; now?: Clock }): ObjectStore {
  const now = deps.now ?? Date.now
  const root = prepare(deps.root, now())

  return {
    async put(key, body) {
      await put(root, place(key), body)
    },

    async get(key) {
      return await onDisk(async () => {
        const { handle } = await openObject(join(root, ...place(key)))
        try {
          return await handle.readFile()
        } finally {
          await handle.close()
        }
      })
    },

    async stream(key) {
      const { handle, bytes } = await onDisk(() => openObject(join(root, ...place(key))))
      return { body: handle.createReadStream(), bytes }
    },

    async deletePrefix(prefix) {
      const path = join(root, ...place(prefix.replace(/\/$/, '')))
      return await onDisk(() => deleteUnder(root, path))
    },

    list(prefix) {
      return listTree(root, prefix === '' ? [] : place(prefix.replace(/\/$/, '')))
    },

    tidy: ({ olderThanMs }) => onDisk(() => tidyIncoming(root, now() - olderThanMs)),

    localPath(key) {
      const path = join(root, ...place(key))
      try {
        return realpathSync(path) === path && lstatSync(path).isFile() ? path : undefined
      } catch (thrown) {
        if (isMissing(thrown)) return undefined
        throw fromDisk(thrown)
      }
    },

    async presign(key) {
      place(key)
      return undefined
    },
  }
}

function prepare(root: string, nowMs: number): string {
  try {
    return prepareRoot(root, nowMs)
  } catch (thrown) {
    throw fromDisk(thrown)
  }
}

function place(key: string): readonly string[] {
  const segments = keySegments(key)
  if (segments[0] === incoming) throw badKey('the folder of half-written files')
  return segments
}

async function openObject(path: string): Promise<{ handle: FileHandle; bytes: number }> {
  try {
    if ((await realpath(path)) !== path) throw objectMissing()
    // Not blocking, so that a FIFO that somebody put there cannot hold us.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (stat.isFile()) return { handle, bytes: stat.size }
    await handle.close()
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown
  }
  throw objectMissing()
}

async function put(root: string, target: readonly string[], body: Uint8Array | Readable): Promise<void> {
  const temp = join(root, incoming, randomUUID())
  try {
    await writeSynced(temp, body)
    await onDisk(() => moveInto(root, temp, target))
  } finally {
    if (!(body instanceof Uint8Array)) body.destroy()
    await discard(temp)
  }
}

async function writeSynced(path: string, body: Uint8Array | Readable): Promise<void> {
  // A source that fails before it is read from would otherwise end the process; reading it then throws the same error.
  if (!(body instanceof Uint8Array)) body.on('error', () => undefined)
  const handle = await onDisk(() => open(path, 'wx', 0o600))
  try {
    if (body instanceof Uint8Array) await onDisk(() => handle.writeFile(body))
    else for await (const chunk of body) await onDisk(() => handle.writeFile(chunk))
    await onDisk(() => handle.sync())
  } finally {
    await handle.close()
  }
}

async function moveInto(root: string, temp: string, target: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const folder = await makeFolders(root, target.slice(0, -1))
      await rename(temp, join(root, ...target))
      return await syncFolder(folder)
    } catch (thrown) {
      const code = errnoOf(thrown)
      if (code === 'EISDIR' || code === 'ENOTEMPTY') throw badKey('a folder stands in the object’s place')
      // A deletion of the same prefix may take the empty folder away between the two calls.
      if (code !== 'ENOENT' || attempt === 5) throw thrown
    }
  }
}

async function discard(temp: string): Promise<void> {
  try {
    await rm(temp, { force: true })
  } catch {
    // It must not hide how the operation itself ended; the next start removes what is left.
  }
}

async function deleteUnder(root: string, path: string): Promise<number> {
  const parent = dirname(path)
  try {
    if ((await realpath(parent)) !== parent) return 0
  } catch (thrown) {
    if (isMissing(thrown)) return 0
    throw thrown
  }
  const count = await removeTree(path)
  let folder = parent
  while (folder !== root && (await removeIfEmpty(folder))) folder = dirname(folder)
  await syncFolder(folder).catch((thrown) => {
    // Somebody else removes the same, and syncs what it stood in.
    if (!isMissing(thrown)) throw thrown
  })
  return count
}
