import type { Readable } from 'node:stream'
import { LoomError } from '../core/errors.ts'
import type { About } from '../retention/export/deps.ts'
import { alone, driveExports } from '../retention/export/drive.ts'
import { makeExport } from '../retention/export/make.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'
import { takeTurns } from './turns.ts'

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
  return takeTurns({
    ...{ log: parts.log, everyMs, closing, trouble: 'exports were not looked at' },
    turn: () => driveExports(deps),
  })
}

/** Makes an export by hand, while no other of that account is being made. Throws `conflict` then. */
export async function exportInto(
  parts: Pick<Parts, 'openStore'>,
  input: { tenantId: string; about: About; write: (zip: Readable) => Promise<void> },
): Promise<void> {
  const store = parts.openStore('loom_app')
  const made = await alone(store, input.tenantId, async () => {
    const { body } = await makeExport({ store }, input)
    await input.write(body)
  })
  if (made !== 'elsewhere') return
  throw new LoomError({
    kind: 'conflict',
    message: 'Another export of this account is being made right now. Try again in a minute.',
  })
}
