import { z } from 'zod'
import type { Store } from '../../../storage/database.ts'
import type { TakeDeps } from '../../take/came.ts'
import { takeMessage } from '../../take/take-message.ts'
import { type Channel, type Channels, isThread } from '../channels.ts'
import type { DiscordPlace, DiscordPlaces, DiscordSource } from '../places.ts'
import { answersLoom, calls, isOwn, isSaid, type Reading } from '../read/message.ts'
import { type DiscordMessage, messageShape } from '../read/shape.ts'
import { snowflake } from '../snowflake.ts'
import { cameOf, deletionOf } from './came.ts'

export interface MessagesDeps extends TakeDeps {
  store: Store
  channels: Channels
  places: DiscordPlaces
  self: () => { botUserId: string; appId: string }
  botRoleOf: (guildId: string) => string | undefined
  /** Tells somebody who calls Loom where it is not installed how it comes there. */
  sayStranger: (to: { channelId: string; source: DiscordSource }) => void
}

type Kind = 'said' | 'changed'

export interface Messages {
  /** What the Gateway brought. Throws what passes, so that it is tried again. */
  take(raw: unknown, kind: Kind): Promise<void>
  /** What was said while nothing was heard, in a place that is known. */
  takeMissed(message: DiscordMessage, at: { place: DiscordPlace; channel: Channel }): Promise<void>
  takeBack(raw: unknown): Promise<void>
}

const deletedShape = z.object({
  id: snowflake.optional(),
  ids: z.array(snowflake).default([]),
  channel_id: snowflake,
  guild_id: snowflake.optional(),
})

/** The messages of servers and of direct conversations, on their way into the flow of all platforms. */
export function createMessages(deps: MessagesDeps): Messages {
  const { channels, places } = deps
  const readingOf = (guildId: string | undefined): Reading => ({
    ...deps.self(),
    botRoleId: guildId === undefined ? undefined : deps.botRoleOf(guildId),
    channelNameOf: (id) => channels.known(id)?.name,
  })

  return {
    async take(raw, kind) {
      const parsed = messageShape.safeParse(raw)
      if (!parsed.success) return
      const message = parsed.data
      const reading = readingOf(message.guild_id)
      if (isNothing(message, kind, reading)) return
      const called =
        message.guild_id === undefined || calls(message, reading) || answersLoom(message, reading)
      // What people say to each other at top level ends here, without a look at anything.
      const known = channels.known(message.channel_id)
      if (!called && known && !isThread(known)) return
      const channel = known ?? (await lookAt(deps, message))
      if (!called && !isThread(channel)) return
      const source = sourceOf(message)
      const place = await places.find(source)
      if (!place) {
        if (called && kind === 'said') deps.sayStranger({ channelId: message.channel_id, source })
        return
      }
      const came = await cameOf(deps, { message, channel, place, reading, kind })
      await takeMessage(deps, { came, place })
    },
    async takeMissed(message, { channel, place }) {
      const reading = readingOf(place.guildId)
      if (isNothing(message, 'said', reading)) return
      const came = await cameOf(deps, { message, channel, place, reading, kind: 'said', late: true })
      await takeMessage(deps, { came, place })
    },
    async takeBack(raw) {
      const parsed = deletedShape.safeParse(raw)
      if (!parsed.success) return
      const { channel_id: channelId, guild_id: guildId, id, ids } = parsed.data
      const channel = await channels.look(channelId)
      const source = deletedFrom(guildId, channel)
      const place = source && (await places.find(source))
      if (!place) return
      for (const each of id === undefined ? ids : [id]) {
        await takeMessage(deps, { came: deletionOf(channel, each), place })
      }
    },
  }
}

/** Our own words, notices of Discord's, previews that were added to a message, and what Discord keeps from us. */
function isNothing(message: DiscordMessage, kind: Kind, reading: Reading): boolean {
  if (isOwn(message, reading) || !isSaid(message)) return true
  if (kind === 'changed' && !message.edited_timestamp) return true
  const { attachments, components, content, embeds, message_snapshots, poll, sticker_items } = message
  const parts = [attachments, components, embeds, message_snapshots, sticker_items]
  return content === '' && !poll && parts.every((part) => part.length === 0)
}

function sourceOf({ author, guild_id: guildId }: DiscordMessage): DiscordSource {
  return guildId === undefined
    ? { kind: 'user', externalId: author.id }
    : { kind: 'guild', externalId: guildId }
}

/** A direct conversation is with whoever writes there: nobody needs to be asked. */
async function lookAt({ channels }: MessagesDeps, message: DiscordMessage): Promise<Channel> {
  const { author, channel_id: id, guild_id: guildId } = message
  if (guildId === undefined) channels.keep({ id, type: 1, recipients: [{ id: author.id }] })
  return channels.look(id)
}

function deletedFrom(guildId: string | undefined, { recipientId }: Channel): DiscordSource | undefined {
  if (guildId !== undefined) return { kind: 'guild', externalId: guildId }
  return recipientId === undefined ? undefined : { kind: 'user', externalId: recipientId }
}
