import type { FileSource } from '../../core/brief.ts'

/**
 * Where the file of an interaction is fetched from: `discord:url:<address>`. It hangs on no message that could be asked
 * for it again, so its own signed address is kept, sealed like every source; Discord takes it for about a day.
 */
const byAddress = 'discord:url:'

export function addressedFile({ filename, url }: { filename: string; url: string }): FileSource {
  return { name: filename, source: `${byAddress}${url}` }
}
