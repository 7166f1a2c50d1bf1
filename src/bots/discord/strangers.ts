import { toLoomError } from '../../core/errors.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { DiscordSource } from './places.ts'
import type { DiscordRest } from './rest.ts'

const quietMs = 60 * 60_000
const mostKept = 10_000

/**
 * Tells those who call Loom where it is not installed how it comes there: once an hour in each channel, and nothing is
 * kept of it.
 */
export function createStrangers(deps: {
  rest: DiscordRest
  log: Log
  now: Clock
  installUrl: string | undefined
}) {
  const told = new Map<string, number>()

  return ({ channelId, source }: { channelId: string; source: DiscordSource }): void => {
    if ((told.get(channelId) ?? 0) > deps.now()) return
    told.set(channelId, deps.now() + quietMs)
    const [oldest] = told.keys()
    if (told.size > mostKept && oldest !== undefined) told.delete(oldest)
    const where = source.kind === 'guild' ? 'in this server' : 'for you'
    const how = deps.installUrl ? `Install it at <${deps.installUrl}>.` : 'Ask whoever runs this Loom.'
    const content = `Loom is not installed ${where} yet. ${how}`
    deps.rest
      .call({
        method: 'POST',
        route: `/channels/${channelId}/messages`,
        body: { content, allowed_mentions: { parse: [] }, flags: 4 },
      })
      .catch((thrown: unknown) => {
        const { detail, kind } = toLoomError(thrown)
        deps.log.info({ kind, detail }, 'a stranger could not be told')
      })
  }
}
