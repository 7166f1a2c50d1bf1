import { setTimeout as pause } from 'node:timers/promises'
import { LoomError } from '../../core/errors.ts'
import type { Access } from './access-file.ts'
import { launch, stopServer } from './launch.ts'
import type { Cluster } from './place.ts'
import { findPostmaster } from './postmaster.ts'
import { isPassing, joinServer, type Presence } from './presence.ts'

const startMs = 30_000

/**
 * Joins the cluster's server, starting it where it does not run; one that is coming up or going down is waited for.
 * Throws `unavailable` after 30 s. Call under the home's lock.
 */
export async function enterServer(
  cluster: Cluster,
  access: Access,
): Promise<{ port: number; presence: Presence }> {
  const deadline = performance.now() + startMs
  for (;;) {
    const running = await findPostmaster(cluster.dataDir)
    if (running === undefined) return startServer(cluster, { access, deadline })
    if (running.ready && running.port !== undefined) {
      const presence = await joinIfAnswering(cluster, { port: running.port, password: access.password })
      if (presence !== undefined) return { port: running.port, presence }
    }
    if (performance.now() > deadline) throw notAnswering(running.pid)
    await pause(50)
  }
}

async function startServer(cluster: Cluster, input: { access: Access; deadline: number }) {
  const port = await launch(cluster, { preferredPort: input.access.port, deadline: input.deadline })
  try {
    return { port, presence: await joinServer({ ...cluster, port, password: input.access.password }) }
  } catch (error) {
    // Nobody else can have joined under our lock, so nobody else would ever stop it.
    await stopServer(cluster)
    throw error
  }
}

async function joinIfAnswering(cluster: Cluster, access: Access): Promise<Presence | undefined> {
  try {
    return await joinServer({ ...cluster, ...access })
  } catch (error) {
    if (isPassing(error)) return undefined
    throw error
  }
}

function notAnswering(pid: number): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message:
      'The local database runs but does not answer, perhaps because it repairs itself: try again in a minute.',
    detail: `postmaster ${pid}`,
  })
}
