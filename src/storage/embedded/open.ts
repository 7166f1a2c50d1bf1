import { realpath } from 'node:fs/promises'
import { newPassword, readAccess, writeAccess } from './access-file.ts'
import { serverAccount } from './account.ts'
import { locateBinaries } from './binaries.ts'
import { checkDataDir } from './check-data-dir.ts'
import { enterServer } from './enter.ts'
import { fileFault } from './faults.ts'
import { ensureHome, findDataDir } from './home.ts'
import { initialise } from './initialise.ts'
import { stopServer } from './launch.ts'
import { withHomeLock } from './lock.ts'
import type { Cluster, Place } from './place.ts'
import { findPostmaster } from './postmaster.ts'
import type { Presence } from './presence.ts'
import { repairPassword } from './repair-password.ts'
import { announceOnce, defaultStagingDir, reachableNative } from './staging.ts'

/** `url` opens the database `loom` as the superuser. It holds the password: never log it. */
export type EmbeddedPostgres = { url: string; close(): Promise<void> }

// Longer than the longest start or stop that somebody else can be busy with.
const lockWaitMs = 180_000

/**
 * Opens the Postgres that lives under `home` (an absolute path; made where missing): starts it, or joins the one that
 * another Loom of this home started. The server serves every Loom of the home and is stopped by the last `close`.
 *
 * End your own connections before `close`, which may be called more than once. Until then the process stays alive.
 * `say` takes a line for the person at the terminal, seldom. `stagingDir` is where root's server keeps its files when
 * its account may not enter `home`. Throws a `LoomError` whose message says what to do.
 */
export async function openEmbeddedPostgres(input: {
  home: string
  say: (line: string) => void
  stagingDir?: string
}): Promise<EmbeddedPostgres> {
  try {
    const { cluster, access, presence } = await open(input)
    let closed: Promise<void> | undefined
    return {
      url: `postgres://loom:${access.password}@127.0.0.1:${access.port}/loom`,
      close: () => {
        closed ??= close(cluster, presence)
        return closed
      },
    }
  } catch (error) {
    throw fileFault(error, input.home)
  }
}

async function open(input: { home: string; say: (line: string) => void; stagingDir?: string }) {
  const stagingDir = input.stagingDir ?? defaultStagingDir
  const binaries = await locateBinaries()
  await ensureHome(input.home, await serverAccount(undefined))
  const home = await realpath(input.home)
  return withHomeLock({ home, waitMs: lockWaitMs }, async () => {
    const existing = await findDataDir(home)
    const account = await serverAccount(existing)
    const announceStaging = announceOnce({ say: input.say, stagingDir })
    const native = await reachableNative({ binaries, account, stagingDir, announceStaging })
    const place: Place = { home, native, account, stagingDir, say: input.say, announceStaging }
    const { cluster, password, port } =
      existing === undefined
        ? await create(place)
        : await reopen({ ...place, dataDir: existing }, binaries.version)
    const entered = await enterServer(cluster, { port, password })
    const access = { port: entered.port, password }
    if (port !== access.port) await writeAccess(home, access)
    return { cluster, access, presence: entered.presence }
  })
}

// The password is on disk before the database that needs it.
async function create(place: Place) {
  const access = (await readAccess(place.home)) ?? { port: 0, password: newPassword() }
  await writeAccess(place.home, access)
  const cluster: Cluster = { ...place, dataDir: await initialise(place, access.password) }
  return { cluster, ...access }
}

async function reopen(cluster: Cluster, version: string) {
  await checkDataDir(cluster, version)
  const access = (await readAccess(cluster.home)) ?? { port: 0, password: await repairPassword(cluster) }
  return { cluster, ...access }
}

async function close(cluster: Cluster, presence: Presence): Promise<void> {
  try {
    await withHomeLock({ home: cluster.home, waitMs: lockWaitMs }, async () => {
      const others = await presence.leave()
      if (others === 0 && (await findPostmaster(cluster.dataDir))) await stopServer(cluster)
    })
  } catch (error) {
    // Without the lock we may not stop the server, but our own connection must not keep this process alive. What
    // failed first is what the person should read, not that a broken server took leave badly.
    await presence.leave().catch(() => undefined)
    throw fileFault(error, cluster.home)
  }
}
