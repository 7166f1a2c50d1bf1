import type { FileSource } from '../../core/brief.ts'

/**
 * Where the file of an interaction is fetched from: `discord:url:<address>`. It hangs on no message that could be asked
 * for it again, so its own signed address is kept, sealed like every source; Discord takes it for about a day.
 */
const byAddress = 'discord:url:'

export function addressedFile({ filename, url }: { filename: string; url: string }): FileSource {
  return { name: filename, source: `${byAddress}${url}` }
}

const hosts: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net'])

/** Whether an address is one of Discord's files, wherever it was written down. */
export function isFileAddress(text: string): boolean {
  const url = URL.parse(text)
  return (
    url?.protocol === 'https:' && hosts.has(url.host) && /^\/(?:ephemeral-)?attachments\//.test(url.pathname)
  )
}
