import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LoomError } from '../../../core/errors.ts'
import { formatBytes } from '../../../core/format.ts'
import { importFile } from '../../../storage/objects/import-file.ts'
import type { FileFetcher } from '../../file-fetcher.ts'
import type { SlackClients, SlackSide } from '../clients.ts'
import { download } from './download.ts'
import { fromSlack, slackCode } from './faults.ts'
import { wordOf } from './loose.ts'

/** Its source is a file id of Slack. */
type FetchSlackFile = Parameters<FileFetcher>[0]

interface SlackFile {
  name: string
  bytes: number | undefined
  mediaType: string | undefined
  url: string
}

/**
 * Fetches a file of Slack with the bot's token, into a temporary file and from there into the store under its hash.
 * Throws a sentence for the person; `retryable` where Slack may give it later.
 */
export function createFileFetcher(deps: { clients: SlackClients; apiUrl: string; installUrl?: string }) {
  return async (input: FetchSlackFile): ReturnType<FileFetcher> => {
    const side = await deps.clients.sideOf(input)
    const file = await lookUp(deps, side, input.source)
    if (file.bytes !== undefined && file.bytes > input.limitBytes) throw tooLarge(file, input.limitBytes)
    const folder = await mkdtemp(path.join(tmpdir(), 'loom-slack-'))
    try {
      const kept = path.join(folder, randomUUID())
      await keep(deps, { ...input, side, file, to: kept })
      const { key, limitBytes, objects, signal } = input
      return await importFile({ path: kept, store: objects, key, limitBytes, signal })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function lookUp(deps: { installUrl?: string }, side: SlackSide, id: string): Promise<SlackFile> {
  try {
    const { file } = await side.client.files.info({ file: id })
    const url = wordOf(file?.url_private_download) ?? wordOf(file?.url_private)
    const name = wordOf(file?.name) ?? wordOf(file?.title) ?? 'The file'
    if (!file || !url || file.mode === 'tombstone') throw gone(name)
    if (file.is_external === true || file.mode === 'external') {
      throw new LoomError({
        kind: 'invalid_input',
        message: `${name} lies outside Slack. Upload it here instead.`,
      })
    }
    return { name, url, bytes: file.size, mediaType: wordOf(file.mimetype) }
  } catch (thrown) {
    throw inWords(deps, thrown)
  }
}

function inWords(deps: { installUrl?: string }, thrown: unknown): LoomError {
  const code = slackCode(thrown)
  if (code === 'missing_scope') {
    return new LoomError({
      kind: 'forbidden',
      message: `Loom may not read files here. Somebody who may install apps can give it files:read${atInstall(deps)}.`,
      detail: code,
    })
  }
  if (code === 'file_not_found' || code === 'file_deleted') return gone('The file')
  return fromSlack(thrown)
}

function atInstall({ installUrl }: { installUrl?: string }): string {
  return installUrl ? ` at ${installUrl}` : ''
}

async function keep(
  deps: { apiUrl: string; installUrl?: string },
  input: FetchSlackFile & { side: SlackSide; file: SlackFile; to: string },
): Promise<void> {
  const { file, limitBytes, side, signal } = input
  const response = await download({ url: file.url, token: side.botToken, apiUrl: deps.apiUrl, signal })
  if (!response.body) throw gone(file.name)
  const isPage = /^text\/html\b/.test(response.headers.get('content-type') ?? '')
  // Without the permission Slack sends its page for signing in, as if that were the file.
  if (isPage && !/html/.test(file.mediaType ?? '')) {
    await response.body.cancel()
    throw new LoomError({
      kind: 'forbidden',
      message: `Slack did not hand out ${file.name}. If Loom lacks files:read, install it again${atInstall(deps)}.`,
    })
  }
  let bytes = 0
  async function* bounded(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > limitBytes) throw tooLarge(file, limitBytes)
      yield chunk
    }
    if (file.bytes !== undefined && bytes !== file.bytes) throw torn(file)
  }
  try {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    await pipeline(body, bounded, createWriteStream(input.to, { flags: 'wx', mode: 0o600 }), { signal })
  } catch (thrown) {
    signal.throwIfAborted()
    throw thrown instanceof LoomError ? thrown : torn(file, thrown)
  }
}

function gone(name: string): LoomError {
  return new LoomError({ kind: 'not_found', message: `${name} is no longer in Slack.` })
}

function torn({ name }: SlackFile, cause?: unknown): LoomError {
  return new LoomError({ kind: 'unavailable', message: `${name} did not come whole from Slack.`, cause })
}

function tooLarge({ bytes, name }: SlackFile, limitBytes: number): LoomError {
  const size = bytes === undefined || bytes <= limitBytes ? 'more' : formatBytes(bytes)
  return new LoomError({
    kind: 'too_large',
    message: `${name} has ${size}; a file may have at most ${formatBytes(limitBytes)} here.`,
  })
}
