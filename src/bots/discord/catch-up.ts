import type { Log } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { Store } from '../../storage/database.ts'
import { type ListedInstallation, listInstallations, tenantsOn } from '../../storage/installations/list.ts'
import { directThreads } from '../../storage/threads/direct.ts'
import { liveThreads, type ThreadToRead } from '../../storage/threads/live.ts'
import type { Channels } from './channels.ts'
import type { Shard } from './gateway.ts'
import { type DiscordPlaces, sourceOf } from './places.ts'
import { type DiscordMessage, messagesShape } from './read/shape.ts'
import type { DiscordRest } from './rest.ts'
import { isOfShard } from './shard-of.ts'
import { byAge, snowflakeAt } from './snowflake.ts'
import type { Messages } from './take/messages.ts'

const pageSize = 100
const mostPages = 10
/** Direct conversations that rested for longer are not looked into. */
const direct = { days: 14, limit: 50 }

export interface CatchUpDeps {
  store: Store
  log: Log
  rest: DiscordRest
  places: DiscordPlaces
  channels: Channels
  messages: Messages
}

/**
 * Reads what may have been missed on a shard: every thread in which a job runs, and the direct conversations of late, in
 * which everything is for Loom. Each is read from the last that is known of it, and what was said there is taken as if it
 * had just come; what came is taken once by its key. Throws what passes, to be done again.
 */
export async function catchUp(deps: CatchUpDeps, shard: Shard): Promise<void> {
  let read = 0
  for (const tenantId of await tenantsOn(deps.store, { platform: 'discord' })) {
    const context = { tenantId, actor: { kind: 'system' } } as const
    const live = await liveThreads(deps.store, context, { platform: 'discord' })
    const spoken = await directThreads(deps.store, context, { platform: 'discord', ...direct })
    const byThread = new Map([...spoken, ...live].map((each) => [each.thread, each]))
    if (byThread.size === 0) continue
    const installed = await listInstallations(deps.store, context, { platform: 'discord' })
    const byId = new Map(installed.map((each) => [each.installationId, each]))
    for (const each of byThread.values()) {
      const through = byId.get(each.installationId)
      const guildId = through?.kind === 'guild' ? through.externalId : undefined
      if (!through || !isOfShard(guildId, shard)) continue
      await readOne(deps, { at: each, through })
      read += 1
    }
  }
  if (read > 0) deps.log.info({ shard: shard.id, threads: read }, 'threads were read again after a gap')
}

/** Takes what was said in a channel or thread of a server since a moment: a mention is one, whatever else is no business of ours. */
export async function readSince(
  deps: CatchUpDeps,
  { channelId, guildId, sinceMs }: { channelId: string; guildId: string; sinceMs: number },
): Promise<void> {
  const place = await deps.places.find({ kind: 'guild', externalId: guildId })
  if (!place) return
  for (const message of await saidSince(deps, { channelId, afterId: snowflakeAt(sinceMs) })) {
    await deps.messages.takeMissed(message, { place, channel: await deps.channels.look(channelId) })
  }
}

async function readOne(
  deps: CatchUpDeps,
  { at, through }: { at: ThreadToRead; through: ListedInstallation },
): Promise<void> {
  const source = sourceOf(through)
  const place = source && (await deps.places.find(source))
  if (!place) return
  const { thread: id } = parseThreadId(at.thread)
  for (const message of await saidSince(deps, { channelId: id, afterId: snowflakeAt(at.lastSaidAtMs) })) {
    const channel = await deps.channels.look(id)
    await deps.messages.takeMissed(message, { place, channel })
  }
}

/** Oldest first; nothing where there is no such thread yet, or none any more. */
async function saidSince(
  { rest }: Pick<CatchUpDeps, 'rest'>,
  { afterId, channelId }: { channelId: string; afterId: string },
): Promise<DiscordMessage[]> {
  const found: DiscordMessage[] = []
  let after = afterId
  for (let page = 0; page < mostPages; page += 1) {
    const asked = await rest.attempt({
      method: 'GET',
      route: `/channels/${channelId}/messages`,
      query: { limit: String(pageSize), after },
    })
    if (!asked.ok) {
      if (asked.fault.error.retryable) throw asked.fault.error
      return found
    }
    const messages = messagesShape.parse(asked.result).sort(byAge)
    found.push(...messages)
    after = messages.at(-1)?.id ?? after
    if (messages.length < pageSize) return found
  }
  return found
}
