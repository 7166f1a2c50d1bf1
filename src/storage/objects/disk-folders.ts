import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { lstat, mkdir, open, readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, isMissing } from './disk-errors.ts'
import { badKey } from './key.ts'

/** Holds files on their way in. No key may begin with it. */
export const incoming = '.incoming'

const abandonedMs = 60 * 60 * 1000

/** Makes the store's root ready and removes what a killed process left half written. Answers the real path. */
export function prepareRoot(root: string, nowMs: number): string {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const real = realpathSync(root)
  const folder = join(real, incoming)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    // The change time, not the modification time: a hard link on its way to another key has an old one of those.
    const changedMs = lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? nowMs
    if (nowMs - changedMs > abandonedMs) rmSync(path, { force: true })
  }
  return real
}

/** Creates folders one by one, so that a link among them is met before it could be followed. */
export async function makeFolders(root: string, segments: readonly string[]): Promise<string> {
  let folder = root
  for (const segment of segments) {
    const parent = folder
    folder = join(parent, segment)
    const made = await mkdir(folder, 0o700).then(
      () => true,
      (thrown: unknown) => {
        if (errnoOf(thrown) !== 'EEXIST') throw thrown
        return false
      },
    )
    if (made) await syncFolder(parent)
    else if (!(await lstat(folder)).isDirectory())
      throw badKey('a file or a link stands where a folder is needed')
  }
  return folder
}

/** Makes renames and removals inside a folder survive a power cut, where the system can do that. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes a file or a folder with everything in it, links themselves and never what they point at. Counts files. */
export async function removeTree(path: string): Promise<number> {
  try {
    const entry = await lstat(path)
    if (!entry.isDirectory()) {
      await unlink(path)
      return entry.isFile() ? 1 : 0
    }
    let count = 0
    for (const name of await readdir(path)) count += await removeTree(join(path, name))
    await removeIfEmpty(path)
    return count
  } catch (thrown) {
    if (isMissing(thrown)) return 0
    throw thrown
  }
}

/** Answers whether the folder is gone. */
export async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (thrown) {
    // Somebody else removes the same at this moment.
    if (isMissing(thrown)) return true
    const code = errnoOf(thrown)
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw thrown
  }
}
