import type { FileFetcher } from '../bots/file-fetcher.ts'
import { fetchLocalFile } from '../bots/local/fetch-file.ts'
import type { ChatPlatform } from '../bots/platform.ts'
import type { Config } from '../config.ts'
import { LoomError } from '../core/errors.ts'
import type { SignIn } from '../core/sign-in.ts'
import type { Platform } from '../core/words.ts'
import type { Store } from '../storage/database.ts'
import { openDiscord } from './discord.ts'
import type { Parts } from './parts.ts'
import { openSlack } from './slack.ts'

/** The chat platforms that the settings name. One more is one more line here. */
export async function openPlatforms(
  parts: Parts,
  input: { config: Config; store: Store },
): Promise<ChatPlatform[]> {
  const opened = await Promise.all([openSlack(parts, input), openDiscord(parts, input)])
  return opened.filter((platform) => platform !== undefined)
}

/** Sources begin with the name of their platform: `local:/path/of/file`, `slack:F0123`. */
export function fetcherOf(platforms: readonly ChatPlatform[]): FileFetcher {
  return async (input) => {
    const [name = ''] = input.source.split(':', 1)
    const source = input.source.slice(name.length + 1)
    if (name === 'local') return fetchLocalFile({ ...input, source })
    const found = platforms.find(({ platform }) => platform === name)
    if (found) return found.fetchFile({ ...input, source })
    throw new LoomError({
      kind: 'invalid_input',
      message: 'Loom cannot fetch files from there.',
      detail: name,
    })
  }
}

/** Where people of each platform can show who they are. */
export function signInsOf(platforms: readonly ChatPlatform[]): Partial<Record<Platform, SignIn>> {
  return Object.fromEntries(platforms.flatMap(({ platform, signIn }) => (signIn ? [[platform, signIn]] : [])))
}
