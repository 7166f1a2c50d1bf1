import { type APIInteraction, type GatewayDispatchPayload, GatewayDispatchEvents as On } from 'discord.js'
import type { Gone, GonePlace } from '../gone.ts'
import type { InTurn } from '../in-turn.ts'
import { type CatchUpDeps, catchUp, readSince } from './catch-up.ts'
import type { GatewayEvent, Shard } from './gateway.ts'
import { leave, leaveMissing } from './leave.ts'
import { createMissed } from './missed.ts'
import type { BotRoles } from './roles.ts'

export interface ListenDeps extends CatchUpDeps {
  roles: BotRoles
  inTurn: InTurn
  gone: Gone
  hear(interaction: APIInteraction): void
}

export interface Listener {
  hear(event: GatewayEvent): void
  /** A session began that continues none. */
  begun(shard: Shard, guildIds: readonly string[]): void
  /** Begins nothing any more. */
  close(): void
}

/** What the Gateway brings, each to who takes it: what is said in one channel stays in its order. */
export function createListener(deps: ListenDeps): Listener {
  const { channels, inTurn, messages, places, roles } = deps
  const missed = createMissed({ now: deps.store.now })
  let isOpen = true

  const inChannel = (raw: { channel_id: string }, work: () => Promise<void>) =>
    inTurn.run(`channel:${raw.channel_id}`, work)
  const inServer = (guildId: string, work: () => Promise<void>) => inTurn.run(`server:${guildId}`, work)

  const wasDeleted = (guildId: string | undefined, place: GonePlace) => {
    if (guildId === undefined) return
    inServer(guildId, async () => {
      const at = await places.find({ kind: 'guild', externalId: guildId })
      if (at) await deps.gone(at, place)
    })
  }

  const dispatch = (payload: GatewayDispatchPayload, shardId: number): void => {
    switch (payload.t) {
      case On.InteractionCreate:
        deps.hear(payload.d)
        break
      case On.MessageCreate:
        inChannel(payload.d, () => messages.take(payload.d, 'said'))
        break
      case On.MessageUpdate:
        inChannel(payload.d, () => messages.take(payload.d, 'changed'))
        break
      case On.MessageDelete:
      case On.MessageDeleteBulk:
        inChannel(payload.d, () => messages.takeBack(payload.d))
        break
      case On.GuildCreate: {
        const { d: guild } = payload
        if (guild.unavailable) break
        for (const channel of [...guild.channels, ...guild.threads]) channels.keep(channel, guild.id)
        roles.keep(guild.id, guild.roles)
        inServer(guild.id, () => places.joined({ kind: 'guild', externalId: guild.id }))
        for (const each of missed.in(shardId, [...guild.channels, ...guild.threads])) {
          inChannel({ channel_id: each.channelId }, () => readSince(deps, { ...each, guildId: guild.id }))
        }
        break
      }
      case On.GuildDelete: {
        const { id, unavailable } = payload.d
        // An outage of Discord's, which ends.
        if (unavailable) break
        channels.dropGuild(id)
        roles.dropGuild(id)
        inServer(id, () => leave(deps, { kind: 'guild', externalId: id }))
        break
      }
      case On.GuildRoleCreate:
      case On.GuildRoleUpdate:
        roles.keep(payload.d.guild_id, [payload.d.role])
        break
      case On.ChannelCreate:
      case On.ChannelUpdate:
      case On.ThreadCreate:
      case On.ThreadUpdate:
        channels.keep(payload.d)
        break
      case On.ThreadListSync:
        for (const thread of payload.d.threads) channels.keep(thread, payload.d.guild_id)
        break
      case On.ChannelDelete:
        channels.drop(payload.d.id)
        wasDeleted(payload.d.guild_id, { channel: payload.d.id })
        break
      case On.ThreadDelete: {
        const { guild_id: guildId, id, parent_id: parent } = payload.d
        channels.drop(id)
        if (parent) wasDeleted(guildId, { channel: parent, thread: id })
        break
      }
      default:
        break
    }
  }

  return {
    hear({ payload, shard }) {
      if (!isOpen) return
      dispatch(payload, shard.id)
      missed.heard(shard.id, payload)
    },
    begun(shard, guildIds) {
      if (!isOpen) return
      missed.begun(shard.id)
      inTurn.run(`shard:${shard.id}`, async () => {
        await leaveMissing(deps, { guildIds: new Set(guildIds), shard })
        await catchUp(deps, shard)
      })
    },
    close() {
      isOpen = false
    },
  }
}
