import { type FileFetcher, gatherFiles } from '../bots/gather.ts'
import { fetchLocalFile } from '../bots/local/fetch-file.ts'
import { LoomError } from '../core/errors.ts'
import { startTaskRunner } from '../storage/leases/runner.ts'
import { mediaTypeOf } from '../swarm/workspace/media-type.ts'
import { safeInputName } from '../swarm/workspace/path.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'

/** How many briefs' files are fetched at once. */
const slots = 8

/** The chat side of one process: fetches the files of briefs. Listeners and outboxes are started beside it. */
export async function startBot(parts: Parts): Promise<Role> {
  const store = parts.openStore('loom_app')
  const onDone = () => parts.ring('worker')
  const deps = { store, fetchFile, nameFor: safeInputName, mediaTypeOf, onDone }
  const runner = await startTaskRunner({
    store,
    databaseUrl: parts.urls.app,
    role: 'loom_app',
    lane: 'bot',
    slots,
    leaseMs: timings.leaseMs,
    log: parts.log,
    ring: parts.bell.ring,
    run: (run) => gatherFiles(deps, run),
  })
  await parts.answer('bot', runner.wake)
  return { close: runner.close }
}

/** Sources begin with the name of their platform: `local:/path/of/file`. */
const fetchFile: FileFetcher = (input) => {
  const [platform] = input.source.split(':', 1)
  if (platform === 'local') return fetchLocalFile({ ...input, source: input.source.slice('local:'.length) })
  throw new LoomError({
    kind: 'invalid_input',
    message: 'Loom cannot fetch files from there.',
    detail: platform,
  })
}
