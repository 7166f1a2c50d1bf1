import { LoomError } from '../../../core/errors.ts'
import type { FileFetcher } from '../../file-fetcher.ts'
import { goneFile, keepDownload } from '../../keep-download.ts'
import type { DiscordRest } from '../rest.ts'
import { attachmentsOf } from './files.ts'
import { readOne } from './pointed-at.ts'

interface Found {
  name: string
  bytes: number | undefined
  url: string
}

const ofMessage = /^(\d{15,21})\/(\d{15,21})\/(\d{15,21})$/
const byAddress = 'url:'
const hosts: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net'])

/**
 * Fetches a file of Discord by `<channel>/<message>/<attachment>`: its message is asked for a fresh address, because
 * addresses run out; or by the address itself, where it hangs on no message. Bytes come from Discord's own hosts alone.
 * Throws a sentence for the person; `retryable` where Discord may give it later.
 */
export function createFileFetcher(deps: { rest: DiscordRest; apiUrl: string }): FileFetcher {
  return async (input) => {
    const file = await lookUp(deps, input.source)
    return keepDownload('Discord', { ...input, file, open: () => open(deps, { ...input, file }) })
  }
}

async function lookUp({ rest }: { rest: DiscordRest }, source: string): Promise<Found> {
  if (source.startsWith(byAddress)) {
    return { name: 'The file', bytes: undefined, url: source.slice(byAddress.length) }
  }
  const [, channel, message, attachment] = ofMessage.exec(source) ?? []
  if (!channel || !message || !attachment) throw goneFile('The file', 'Discord')
  const found = await readOne(rest, { channel, message })
  const file = found && attachmentsOf(found).find(({ id }) => id === attachment)
  if (!file) throw goneFile('The file', 'Discord')
  return { name: file.filename, bytes: file.size, url: file.url }
}

async function open(
  { apiUrl }: { apiUrl: string },
  { file, signal }: { file: Found; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  if (!isDiscords(file.url, apiUrl)) throw elsewhere()
  const response = await get(file.url, signal)
  if (response.ok && response.body) return response.body
  await response.body?.cancel()
  const { status } = response
  const detail = `http ${status}`
  if (status === 429) {
    const seconds = Number(response.headers.get('retry-after')) || 1
    const message = 'Discord asks for patience. Trying again.'
    throw new LoomError({ kind: 'rate_limited', message, detail, retryAfterMs: seconds * 1_000 })
  }
  if (status >= 500) throw new LoomError({ kind: 'unavailable', message: 'Discord does not answer.', detail })
  if (status >= 300 && status < 400) throw elsewhere()
  throw goneFile(file.name, 'Discord')
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new LoomError({ kind: 'unavailable', message: 'Discord does not answer.', cause })
  }
}

function isDiscords(address: string, apiUrl: string): boolean {
  const url = URL.parse(address)
  if (!url) return false
  const api = new URL(apiUrl)
  if (api.hostname !== 'discord.com' && url.origin === api.origin) return true
  return url.protocol === 'https:' && url.port === '' && hosts.has(url.hostname)
}

function elsewhere(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'The file does not lie with Discord. Upload it here instead.',
    detail: 'a download led to another host',
  })
}
