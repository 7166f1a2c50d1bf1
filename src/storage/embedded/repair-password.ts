import { LoomError } from '../../core/errors.ts'
import { newPassword, writeAccess } from './access-file.ts'
import { program } from './binaries.ts'
import { programFault } from './faults.ts'
import { pastStalePid } from './launch.ts'
import type { Cluster } from './place.ts'
import { findPostmaster } from './postmaster.ts'
import { run } from './run.ts'

/**
 * Gives the superuser of a database whose `postgres.json` was lost a new password, and records it. Says so in one line.
 * Throws `conflict` while the server runs. Call under the home's lock.
 */
export async function repairPassword(cluster: Cluster): Promise<string> {
  const running = await findPostmaster(cluster.dataDir)
  if (running !== undefined) throw stillRunning(cluster.home, running.pid)
  const password = newPassword()
  // Single-user mode asks for no password. It takes ours on its input, where no other user can read it.
  const { code, output } = await run({
    file: program(cluster.native, 'postgres'),
    args: ['--single', '-D', cluster.dataDir, '-c', 'log_min_error_statement=panic', 'postgres'],
    account: cluster.account,
    env: await pastStalePid(cluster.dataDir),
    stdin: `ALTER ROLE loom PASSWORD '${password}'\n`,
    timeoutMs: 60_000,
  })
  if (code !== 0 || /ERROR:/.test(output)) {
    throw programFault({ doing: 'be given a new password', output, home: cluster.home })
  }
  await writeAccess(cluster.home, { port: 0, password })
  cluster.say(
    `${cluster.home}/postgres.json was missing or unreadable: the database has a new password, your data is kept.`,
  )
  return password
}

function stillRunning(home: string, pid: number): LoomError {
  return new LoomError({
    kind: 'conflict',
    message: `${home}/postgres.json is missing or unreadable while its database runs: stop every Loom of this folder, or the database itself (kill -INT ${pid}), then start again. Your data is kept.`,
    retryable: false,
  })
}
