import { createHash, randomBytes } from 'node:crypto'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LoomError } from '../../core/errors.ts'
import { canReach } from './account.ts'
import type { Binaries } from './binaries.ts'
import { errorCode } from './faults.ts'
import type { Account } from './run.ts'

/**
 * Where root's server lives when its account cannot enter Loom's own folders (all under /root, say).
 *
 * Why not /var/tmp: systemd-tmpfiles deletes files there that nobody touched for 30 days, and a database has many.
 */
export const defaultStagingDir = '/var/lib/loom'

/**
 * The folder of binaries that `account` can execute: the installed one, or a copy of it in `stagingDir`, made once per
 * version. Throws `forbidden` when what stands there could have been planted by another user.
 */
export async function reachableNative(input: {
  binaries: Binaries
  account: Account | undefined
  stagingDir: string
  announceStaging: () => void
}): Promise<string> {
  const { native, version } = input.binaries
  if (await canReach(input.account, join(native, 'bin', 'postgres'))) return native
  await ownedByRoot(input.stagingDir)
  const staged = join(input.stagingDir, `postgres-${version}`)
  if (await existsSafely(staged)) return staged
  const draft = `${staged}.tmp-${randomBytes(6).toString('hex')}`
  // Relative links between the libraries must stay relative, or they lead back to the closed folder.
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  await openToAll(draft)
  await rename(draft, staged)
  input.announceStaging()
  return staged
}

/** Tells the person, once, that files stand outside their folder. */
export function announceOnce(input: { say: (line: string) => void; stagingDir: string }): () => void {
  let told = false
  return () => {
    if (told) return
    told = true
    input.say(
      `Started as root: Postgres runs as a user that may not enter this folder, so its files live under ${input.stagingDir}.`,
    )
  }
}

/** A new folder, entered by anybody and written by root alone, for the data of this `home`. */
export async function stagedDataParent(input: { home: string; stagingDir: string }): Promise<string> {
  await ownedByRoot(input.stagingDir)
  const prefix = `${createHash('sha256').update(input.home).digest('hex').slice(0, 12)}-`
  for (const name of await readdir(input.stagingDir)) {
    if (name.startsWith(prefix)) await removeIfUnfinished(join(input.stagingDir, name))
  }
  const parent = await mkdtemp(join(input.stagingDir, prefix))
  await chmod(parent, 0o711)
  return parent
}

// A first start that was killed leaves a folder without `pg`. One with `pg` may be somebody's database: it stays.
async function removeIfUnfinished(parent: string): Promise<void> {
  const names = await readdir(parent)
  if (!names.includes('pg')) await rm(parent, { recursive: true, force: true, maxRetries: 5 })
}

async function ownedByRoot(folder: string): Promise<void> {
  if (await existsSafely(folder)) return
  try {
    await mkdir(folder)
    await chmod(folder, 0o755)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await existsSafely(folder))) throw error
  }
}

async function existsSafely(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return false
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return true
  throw new LoomError({
    kind: 'forbidden',
    message: `${folder} can be changed by other users, so Loom does not run Postgres from it: remove it and start again.`,
  })
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755)
  }
}
