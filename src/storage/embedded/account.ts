import { stat } from 'node:fs/promises'
import { LoomError } from '../../core/errors.ts'
import { type Account, run } from './run.ts'

const candidates = ['postgres', 'nobody']

/**
 * Who runs the server: undefined for an ordinary user (it is the user), an unprivileged account for root, because
 * Postgres refuses to run as root. An existing data directory decides by its owner.
 */
export async function serverAccount(dataDir: string | undefined): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (dataDir !== undefined) {
    const owner = await stat(dataDir)
    if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  }
  for (const name of candidates) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new LoomError({
    kind: 'unavailable',
    message:
      'Postgres refuses to run as root and there is no user postgres or nobody: start Loom as another user.',
    retryable: false,
  })
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  const { code, output } = await run({ file: 'id', args: [flag, name], account: undefined, timeoutMs: 5_000 })
  const id = Number.parseInt(output, 10)
  return code === 0 && id > 0 ? id : undefined
}

/** Whether the account may enter a folder or execute a file, with every folder above it. Asks the kernel. */
export async function canReach(account: Account | undefined, path: string): Promise<boolean> {
  if (account === undefined) return true
  const args = ['-c', 'test -x "$1"', 'sh', path]
  const { code } = await run({ file: '/bin/sh', args, account, timeoutMs: 5_000 })
  return code === 0
}
