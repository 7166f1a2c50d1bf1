import { createHash } from 'node:crypto'
import { ownSources } from '../core/brief.ts'
import { LoomError } from '../core/errors.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import type { FileFetcher } from './file-fetcher.ts'

const headBytes = 65_536
const fromJob = /^(?:job|made):([0-9a-f-]{36}):([0-9a-f]{64})$/

/** The fetcher of sources that belong to no platform; `undefined` for all others. */
export function ownFetcher(source: string): FileFetcher | undefined {
  if (source.startsWith(ownSources.inline)) return fetchInline
  if (source.startsWith(ownSources.job) || source.startsWith(ownSources.made)) return fetchFromJob
  return undefined
}

/** The text itself, as a table that somebody pasted into a message. */
const fetchInline: FileFetcher = async (input) =>
  store(input, Buffer.from(input.source.slice(ownSources.inline.length)))

/** A file of an earlier job, copied from object to object. The tenant is the task's own, so it is never another's. */
const fetchFromJob: FileFetcher = async (input) => {
  const [, jobId, sha256] = fromJob.exec(input.source) ?? []
  if (!jobId || !sha256) throw gone()
  const body = await input.objects
    .get(objectKeys.blob({ tenantId: input.tenantId, jobId }, sha256))
    .catch((thrown: unknown) => {
      throw thrown instanceof LoomError && thrown.kind === 'not_found' ? gone() : thrown
    })
  const stored = await store(input, body)
  if (stored.sha256 !== sha256) throw gone()
  return stored
}

async function store(
  { key, limitBytes, objects, signal }: Parameters<FileFetcher>[0],
  body: Uint8Array,
): ReturnType<FileFetcher> {
  signal.throwIfAborted()
  if (body.length > limitBytes) {
    throw new LoomError({ kind: 'too_large', message: 'It is larger than the files of a brief may be.' })
  }
  const sha256 = createHash('sha256').update(body).digest('hex')
  await objects.put(key(sha256), body, { mediaType: 'application/octet-stream' })
  return { sha256, bytes: body.length, head: body.subarray(0, headBytes) }
}

function gone(): LoomError {
  return new LoomError({ kind: 'not_found', message: 'It is no longer there.' })
}
