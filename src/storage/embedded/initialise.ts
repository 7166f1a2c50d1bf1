import { chmod, chown, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canReach } from './account.ts'
import { program } from './binaries.ts'
import { programFault } from './faults.ts'
import type { Place } from './place.ts'
import { run } from './run.ts'
import { stagedDataParent } from './staging.ts'

const draftPrefix = 'pg.tmp-'
const initdbMs = 120_000

/**
 * Makes the data directory of a home that has none and gives its path. Call under the home's lock.
 *
 * The cluster is built in a draft folder and renamed to `pg` when it is whole: a killed start leaves a draft, which the
 * next one removes, and nothing that is called `pg` is ever removed.
 */
export async function initialise(place: Place, password: string): Promise<string> {
  const { home, account, stagingDir } = place
  await removeDrafts(home)
  if (await canReach(account, home)) return createCluster(place, { parent: home, password })

  const parent = await stagedDataParent({ home, stagingDir })
  const dataDir = await createCluster(place, { parent, password })
  await symlink(dataDir, join(home, 'pg'))
  place.announceStaging()
  return dataDir
}

async function removeDrafts(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    // An orphaned initdb may still be writing there for a moment.
    if (name.startsWith(draftPrefix)) await removeDraft(join(home, name))
  }
}

async function createCluster(place: Place, target: { parent: string; password: string }): Promise<string> {
  const draft = await mkdtemp(join(target.parent, draftPrefix))
  const passwordFile = join(draft, 'password')
  const data = join(draft, 'data')
  try {
    await writeFile(passwordFile, `${target.password}\n`, { mode: 0o600, flag: 'wx' })
    if (place.account !== undefined) {
      await chown(passwordFile, place.account.uid, place.account.gid)
      await chown(draft, place.account.uid, place.account.gid)
    }
    const { code, output } = await run({
      file: program(place.native, 'initdb'),
      args: initdbArguments(data, passwordFile),
      account: place.account,
      timeoutMs: initdbMs,
    })
    if (code !== 0) throw programFault({ doing: 'be created', output, home: place.home })
    await chmod(data, 0o700)
    await rename(data, join(target.parent, 'pg'))
  } finally {
    await removeDraft(draft)
  }
  return join(target.parent, 'pg')
}

function removeDraft(draft: string): Promise<void> {
  return rm(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

// The builtin provider sorts and folds the same on every machine, whatever locales its system has.
function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    '--username=loom',
    `--pwfile=${passwordFile}`,
    '--auth-host=scram-sha-256',
    '--auth-local=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ]
}
