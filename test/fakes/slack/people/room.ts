import { putMessage } from '../post.ts'
import { type Shown, shown, threadOf } from '../read.ts'
import type { Channel, Install } from '../world.ts'
import type { Desk } from './around.ts'

/** A conversation, as a test looks at it. */
export type Room = ReturnType<typeof room>

export function room(desk: Desk, channel: Channel) {
  const { team, world } = desk
  return {
    id: channel.id,
    name: channel.name,
    /** Everything in a thread as a person reads it, oldest first. */
    thread: (ts: string): Shown[] => threadOf(team, channel, ts),
    /** Everything that was posted here, threads included. */
    messages: (): Shown[] => channel.messages.map((each) => shown(team, each)),
    message: (ts: string): Shown => {
      const found = channel.messages.find((each) => each.ts === ts)
      if (!found) throw new Error('no such message')
      return shown(team, found)
    },
    archive: () => {
      channel.isArchived = true
    },
    isShared: (shared: boolean) => {
      channel.isShared = shared
    },
    invite: (who: { id: string } | { botUserId: string }) => {
      const id = 'id' in who ? who.id : who.botUserId
      channel.members.add(id)
      const event = {
        type: 'member_joined_channel',
        user: id,
        channel: channel.id,
        channel_type: 'C',
        team: team.id,
      }
      world.emit(team, { ...event, event_ts: world.clock.ts() }, channel)
    },
    kick: (who: { id: string } | { botUserId: string }) => {
      channel.members.delete('id' in who ? who.id : who.botUserId)
    },
    /** A post of the app that no API call made, as an earlier process left it. */
    posted: (install: Install, input: { text: string; threadTs?: string }): string =>
      putMessage(
        world,
        { team, channel },
        {
          userId: install.botUserId,
          botId: install.botId,
          appId: install.appId,
          ...input,
        },
      ).ts,
    /** Told while it is still there: the app hears of it where it could see it. */
    delete: () => {
      const type = channel.kind === 'channel' ? 'channel_deleted' : 'group_deleted'
      world.emit(team, { type, channel: channel.id, event_ts: world.clock.ts() }, channel)
      team.channels.delete(channel.id)
    },
    /** As it is deleted while the app hears nothing. */
    vanish: () => {
      team.channels.delete(channel.id)
    },
  }
}
