import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { LoomError } from '../../core/errors.ts'
import type { LedgerPlace } from '../../core/ports.ts'

/** The ledger as files below a directory, `000000000001.json`: each is linked when it is whole, so the first writer wins. */
export function createDiskLedger(deps: { directory: string }): LedgerPlace {
  const fileOf = (seq: number) => path.join(deps.directory, `${String(seq).padStart(12, '0')}.json`)
  return {
    async read(seq) {
      try {
        return await readFile(fileOf(seq))
      } catch (thrown) {
        if (codeOf(thrown) === 'ENOENT') return undefined
        throw unreachable(thrown)
      }
    },
    async writeFirst(seq, body) {
      const temporary = path.join(deps.directory, `.${randomBytes(6).toString('hex')}.tmp`)
      try {
        await mkdir(deps.directory, { recursive: true, mode: 0o700 })
        await writeSynced(temporary, body)
        await link(temporary, fileOf(seq))
        await syncFolder(deps.directory)
        return true
      } catch (thrown) {
        if (codeOf(thrown) === 'EEXIST') return false
        throw unreachable(thrown)
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined)
      }
    },
  }
}

async function writeSynced(file: string, body: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(body)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** So that an entry survives a power cut that the database survives. */
async function syncFolder(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(thrown: unknown): string | undefined {
  return (thrown as NodeJS.ErrnoException).code
}

function unreachable(cause: unknown): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: 'The ledger of deletions cannot be reached now. Nothing was deleted.',
    detail: `ledger: ${codeOf(cause)}`,
    cause,
  })
}
