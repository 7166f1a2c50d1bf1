import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LoomError } from '../../core/errors.ts'
import { canReach } from './account.ts'
import { errorCode } from './faults.ts'
import type { Cluster } from './place.ts'

/**
 * Refuses a data directory that this Postgres cannot serve: one of another major version or without a version
 * (`corrupt`), or one that the server's account can no longer enter (`forbidden`). Changes nothing.
 */
export async function checkDataDir(cluster: Cluster, version: string): Promise<void> {
  const { account, dataDir, home } = cluster
  const written = await majorOf(dataDir)
  const ours = version.split('.')[0] ?? ''
  if (written === undefined) throw incomplete(home)
  if (written !== ours) throw otherMajor({ home, written, ours })
  if (!(await canReach(account, dataDir))) throw outOfReach(dataDir)
}

async function majorOf(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function otherMajor(input: { home: string; written: string; ours: string }): LoomError {
  const { home, written, ours } = input
  return new LoomError({
    kind: 'corrupt',
    message: `The database in ${home}/pg was written by Postgres ${written} and this Loom brings ${ours}: use the Loom that wrote it, or move ${home} away to begin anew. Nothing was changed.`,
  })
}

function incomplete(home: string): LoomError {
  return new LoomError({
    kind: 'corrupt',
    message: `${home}/pg is not a whole database: restore it, or move it away to begin with an empty one. Nothing was changed.`,
    detail: 'no PG_VERSION',
  })
}

function outOfReach(dataDir: string): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: `Started as root, but the user that runs Postgres may not enter ${dataDir}: move Loom's folder to where it may, or start Loom as another user.`,
  })
}
