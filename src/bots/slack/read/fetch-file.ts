import { LoomError } from '../../../core/errors.ts'
import type { FileFetcher } from '../../file-fetcher.ts'
import { type DescribedFile, goneFile, keepDownload } from '../../keep-download.ts'
import type { SlackClients, SlackSide } from '../clients.ts'
import { download } from './download.ts'
import { fromSlack, slackCode } from './faults.ts'
import { wordOf } from './loose.ts'

/** Its source is a file id of Slack. */
type FetchSlackFile = Parameters<FileFetcher>[0]

interface SlackFile extends DescribedFile {
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
    return keepDownload('Slack', { ...input, file, open: () => open(deps, { ...input, side, file }) })
  }
}

async function lookUp(deps: { installUrl?: string }, side: SlackSide, id: string): Promise<SlackFile> {
  try {
    const { file } = await side.client.files.info({ file: id })
    const url = wordOf(file?.url_private_download) ?? wordOf(file?.url_private)
    const name = wordOf(file?.name) ?? wordOf(file?.title) ?? 'The file'
    if (!file || !url || file.mode === 'tombstone') throw goneFile(name, 'Slack')
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
  if (code === 'file_not_found' || code === 'file_deleted') return goneFile('The file', 'Slack')
  return fromSlack(thrown)
}

function atInstall({ installUrl }: { installUrl?: string }): string {
  return installUrl ? ` at ${installUrl}` : ''
}

async function open(
  deps: { apiUrl: string; installUrl?: string },
  input: { side: SlackSide; file: SlackFile; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const { file, side, signal } = input
  const response = await download({ url: file.url, token: side.botToken, apiUrl: deps.apiUrl, signal })
  if (!response.body) throw goneFile(file.name, 'Slack')
  const isPage = /^text\/html\b/.test(response.headers.get('content-type') ?? '')
  // Without the permission Slack sends its page for signing in, as if that were the file.
  if (!isPage || /html/.test(file.mediaType ?? '')) return response.body
  await response.body.cancel()
  throw new LoomError({
    kind: 'forbidden',
    message: `Slack did not hand out ${file.name}. If Loom lacks files:read, install it again${atInstall(deps)}.`,
  })
}
