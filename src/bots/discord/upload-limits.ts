import type { APIInteraction } from 'discord.js'
import { z } from 'zod'
import type { Clock } from '../../core/ports.ts'
import type { DiscordSource } from './places.ts'

export interface UploadLimits {
  /** Takes what an interaction states of its server, or of the person whose direct messages it came from. */
  heard(interaction: APIInteraction): void
  /** Bytes of one file, where Discord stated them lately. */
  of(source: DiscordSource): number | undefined
  /** Discord took less than it had stated: nothing of it counts for a while. */
  refused(source: DiscordSource): void
}

/** A server's limit follows its boosts. */
const keepMs = 24 * 60 * 60_000
const mostKept = 10_000
const stated = z.number().int().positive()

/**
 * What Discord takes of one file, by server or person, in this process's memory. An interaction states the larger of what
 * the server takes and what the person may send: the bot may send the server's, which is the smallest that was stated.
 */
export function createUploadLimits(deps: { now: Clock }): UploadLimits {
  const kept = new Map<string, { bytes: number | undefined; untilMs: number }>()
  const keyOf = ({ externalId, kind }: DiscordSource) => `${kind}:${externalId}`

  const lately = (key: string) => {
    const known = kept.get(key)
    return known && known.untilMs > deps.now() ? known : undefined
  }
  const keep = (key: string, value: { bytes: number | undefined; untilMs: number }) => {
    kept.delete(key)
    kept.set(key, value)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
  }

  return {
    heard(interaction) {
      const source = sourceOf(interaction)
      const { data: bytes } = stated.safeParse(interaction.attachment_size_limit)
      if (!source || bytes === undefined) return
      const key = keyOf(source)
      const known = lately(key)
      if (!known) keep(key, { bytes, untilMs: deps.now() + keepMs })
      else if (known.bytes !== undefined && bytes < known.bytes) keep(key, { ...known, bytes })
    },
    of: (source) => lately(keyOf(source))?.bytes,
    refused(source) {
      keep(keyOf(source), { bytes: undefined, untilMs: deps.now() + keepMs })
    },
  }
}

function sourceOf({ guild_id: guildId, user }: APIInteraction): DiscordSource | undefined {
  if (guildId !== undefined) return { kind: 'guild', externalId: guildId }
  return user && { kind: 'user', externalId: user.id }
}
