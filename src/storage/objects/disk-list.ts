import type { Dirent } from 'node:fs'
import { lstat, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredObject } from '../../core/ports.ts'
import { fromDisk, isMissing } from './disk-errors.ts'
import { incoming } from './disk-folders.ts'

/** Every file at or below a place, in the order of names; links are no objects. What goes meanwhile is left out. */
export async function* listTree(root: string, segments: readonly string[]): AsyncGenerator<StoredObject> {
  const path = join(root, ...segments)
  const stat = await unlessGone(lstat(path))
  if (stat?.isFile()) {
    yield { key: segments.join('/'), bytes: stat.size, storedAtMs: stat.mtimeMs, isOld: false }
  }
  if (!stat?.isDirectory()) return
  const entries: Dirent[] = (await unlessGone(readdir(path, { withFileTypes: true }))) ?? []
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (segments.length > 0 || name !== incoming) yield* listTree(root, [...segments, name])
  }
}

/** Removes half-written files that nobody has touched since. Answers how many. */
export async function tidyIncoming(root: string, sinceMs: number): Promise<number> {
  let count = 0
  for (const name of (await unlessGone(readdir(join(root, incoming)))) ?? []) {
    const path = join(root, incoming, name)
    // The change time: a hard link on its way to another key has an old modification time.
    const stat = await unlessGone(lstat(path))
    if (!stat || stat.ctimeMs > sinceMs) continue
    await unlessGone(unlink(path))
    count += 1
  }
  return count
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw fromDisk(thrown)
  }
}
