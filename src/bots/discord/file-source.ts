import type { FileSource } from '../../core/brief.ts'

/**
 * Where the file of an interaction is fetched from: `discord:url:<address>`. It hangs on no message that could be asked
 * for it again, so its own signed address is kept, sealed like every source; Discord takes it for about a day.
 */
const byAddress = 'discord:url:'

export function addressedFile({ filename, url }: { filename: string; url: string }): FileSource {
  return { name: filename, source: `${byAddress}${url}` }
}

const ours = ['https://cdn.discordapp.com', 'https://media.discordapp.net']

/** Where Discord keeps files; where its API stands on this machine, it keeps them there too. */
export function fileOrigins(apiUrl: string): readonly string[] {
  const { hostname, origin } = new URL(apiUrl)
  return /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? [...ours, origin] : ours
}

/** Whether an address is one of Discord's files, wherever it was written down. */
export function isFileAddress(text: string, origins: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && origins.includes(url.origin) && /^\/(?:ephemeral-)?attachments\//.test(url.pathname)
}
