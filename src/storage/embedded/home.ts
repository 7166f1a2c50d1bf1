import { randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LoomError } from '../../core/errors.ts'
import { errorCode, homeClosed } from './faults.ts'
import type { Account } from './run.ts'

/**
 * Makes `home` where it does not exist: 0700, or for root 0710 with the group of the server's account, which must pass
 * through it and can neither list nor write it. A folder that exists keeps its mode. Safe to run in many processes.
 */
export async function ensureHome(home: string, account: Account | undefined): Promise<void> {
  try {
    if (!(await exists(home))) await makeHome(home, account)
  } catch (error) {
    // Some file systems (/proc) answer ENOENT where they mean that nothing can be made.
    throw errorCode(error) === 'ENOENT' ? homeClosed(home, 'ENOENT', error) : error
  }
}

async function makeHome(home: string, account: Account | undefined): Promise<void> {
  await makeParent(dirname(home))
  const draft = `${home}.tmp-${randomBytes(6).toString('hex')}`
  await mkdir(draft, { mode: 0o700 })
  try {
    if (account !== undefined) {
      await chown(draft, 0, account.gid)
      await chmod(draft, 0o710)
    }
    // Renamed into place, so that a process that comes at the same moment never meets a half-made home.
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(home))) throw error
  }
}

// Not `recursive: true`: Node then tries for ever where the file system answers ENOENT to every mkdir, as /proc does.
async function makeParent(path: string): Promise<void> {
  if (await exists(path)) return
  await makeParent(dirname(path))
  await mkdir(path).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/**
 * The data directory of this home, or undefined before the first start. `home/pg` is the directory itself or, where
 * root's server had to live elsewhere, a link to it. Throws `corrupt` for a link that leads nowhere: an empty database
 * in its place would look like lost data.
 */
export async function findDataDir(home: string): Promise<string | undefined> {
  const path = join(home, 'pg')
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const link = await lstat(path).catch(() => undefined)
  if (link === undefined) return undefined
  throw new LoomError({
    kind: 'corrupt',
    message: `The database of ${home} is gone from ${await readlink(path)}: put it back, or remove ${path} to begin with an empty one.`,
  })
}
