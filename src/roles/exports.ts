import { setTimeout as sleep } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import { driveExports } from '../retention/export/drive.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'

const everyMs = 2_000

/** Makes the exports that people ask for, and removes them after their day, beside the scheduler: a large one holds up nothing else. */
export function startExports(parts: Pick<Parts, 'openStore' | 'exportLinks' | 'log'>): Role {
  const closing = new AbortController()
  const deps = {
    store: parts.openStore('loom_app'),
    signal: closing.signal,
    linkTo: ({ exportId, tenantId }: { tenantId: string; exportId: string }) =>
      parts.exportLinks.sign({ tenantId, artifactId: exportId }),
  }
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await driveExports(deps).catch((thrown) => {
        const { detail, kind } = toLoomError(thrown)
        parts.log.warn({ kind, detail }, 'exports were not looked at')
      })
      await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return {
    async close() {
      closing.abort()
      await done
    },
  }
}
