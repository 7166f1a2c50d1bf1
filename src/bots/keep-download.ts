import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LoomError } from '../core/errors.ts'
import { formatBytes } from '../core/format.ts'
import { importFile } from '../storage/objects/import-file.ts'
import type { FileFetcher } from './file-fetcher.ts'

/** A file as its platform describes it. */
export interface DescribedFile {
  name: string
  /** As many bytes it has, where the platform says so. */
  bytes: number | undefined
}

/**
 * Takes a file that a platform hands out, by way of a temporary file, into the store under its hash. `open` is called
 * once the described size is within the limit. Throws `too_large`, and `unavailable` where it did not come whole.
 */
export async function keepDownload(
  platform: string,
  input: Pick<Parameters<FileFetcher>[0], 'objects' | 'key' | 'limitBytes' | 'signal'> & {
    file: DescribedFile
    open: () => Promise<ReadableStream<Uint8Array>>
  },
): ReturnType<FileFetcher> {
  const { file, key, limitBytes, objects, signal } = input
  if (file.bytes !== undefined && file.bytes > limitBytes) throw tooLarge(file, limitBytes)
  const body = await input.open()
  const folder = await mkdtemp(path.join(tmpdir(), 'loom-chat-'))
  try {
    const kept = path.join(folder, randomUUID())
    const from = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
    try {
      await pipeline(from, whole(file, { limitBytes, platform }), createWriteStream(kept, onlyOurs), {
        signal,
      })
    } catch (thrown) {
      signal.throwIfAborted()
      throw thrown instanceof LoomError ? thrown : torn(file, platform, thrown)
    }
    return await importFile({ path: kept, store: objects, key, limitBytes, signal })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const onlyOurs = { flags: 'wx', mode: 0o600 } as const

/** Passes on what comes; throws once it is more than the limit, or at the end other than what was described. */
function whole(file: DescribedFile, input: { limitBytes: number; platform: string }) {
  return async function* bounded(chunks: AsyncIterable<Uint8Array>) {
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > input.limitBytes) throw tooLarge(file, input.limitBytes)
      yield chunk
    }
    if (file.bytes !== undefined && bytes !== file.bytes) throw torn(file, input.platform)
  }
}

export function goneFile(name: string, platform: string): LoomError {
  return new LoomError({ kind: 'not_found', message: `${name} is no longer in ${platform}.` })
}

function torn({ name }: DescribedFile, platform: string, cause?: unknown): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: `${name} did not come whole from ${platform}.`,
    cause,
  })
}

function tooLarge({ bytes, name }: DescribedFile, limitBytes: number): LoomError {
  const size = bytes === undefined || bytes <= limitBytes ? 'more' : formatBytes(bytes)
  return new LoomError({
    kind: 'too_large',
    message: `${name} has ${size}; a file may have at most ${formatBytes(limitBytes)} here.`,
  })
}
