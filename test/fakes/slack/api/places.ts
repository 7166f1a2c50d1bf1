import { newId } from '../ids.ts'
import type { Channel, Install, Message, Team, World } from '../world.ts'
import { type Call, needScope, Refusal } from './method.ts'

/** The teams in which an install works. */
export function teamsOf(world: World, install: Install): Team[] {
  const { enterpriseId, teamId } = install
  return [...world.teams.values()].filter((team) =>
    enterpriseId === undefined ? team.id === teamId : team.enterprise?.id === enterpriseId,
  )
}

/** A conversation that the app may know of: public, or one that it is in. A person's id means the direct message. */
export function findChannel(call: Call, id: string): { team: Team; channel: Channel } {
  for (const team of teamsOf(call.world, call.install)) {
    const channel =
      team.channels.get(id) ??
      (team.users.has(id)
        ? [...team.channels.values()].find(
            (each) => each.userId === id && each.members.has(call.install.botUserId),
          )
        : undefined)
    if (!channel) continue
    const isVisible = channel.kind === 'channel' || channel.members.has(call.install.botUserId)
    if (isVisible) return { team, channel }
  }
  throw new Refusal('channel_not_found')
}

/** A conversation in which the app may write now. Whoever writes to a person opens the direct message. */
export function placeToPost(call: Call, id: string): { team: Team; channel: Channel } {
  for (const team of teamsOf(call.world, call.install)) {
    if (team.users.get(id)?.isBot === false) openDm(team, call.install.botUserId, id)
  }
  const place = findChannel(call, id)
  if (place.channel.isArchived) throw new Refusal('is_archived')
  const { botUserId, scopes } = call.install
  const mayAnyway = place.channel.kind === 'channel' && scopes.includes('chat:write.public')
  if (!place.channel.members.has(botUserId) && !mayAnyway) throw new Refusal('not_in_channel')
  return place
}

/** A conversation whose messages the app may read. */
export function placeToRead(call: Call, id: string): { team: Team; channel: Channel } {
  const place = findChannel(call, id)
  needScope(call.install, historyScope(place.channel))
  if (!place.channel.members.has(call.install.botUserId)) throw new Refusal('not_in_channel')
  return place
}

const kinds = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' } as const
export const historyScope = (channel: Channel) => `${kinds[channel.kind]}:history`
export const readScope = (channel: Channel) => `${kinds[channel.kind]}:read`

export function findMessage(channel: Channel, ts: string): Message {
  const message = channel.messages.find((each) => each.ts === ts)
  if (!message) throw new Refusal('message_not_found')
  return message
}

/** The root of the thread that a post goes to; a reply's own ts is taken for its thread's. */
export function rootFor(channel: Channel, ts: string | undefined): string | undefined {
  if (ts === undefined) return undefined
  if (!/^\d{10}\.\d{6}$/.test(ts)) throw new Refusal('invalid_thread_ts')
  const message = channel.messages.find((each) => each.ts === ts)
  if (!message) throw new Refusal('thread_not_found')
  return message.threadTs ?? message.ts
}

/** The direct message between the app and a person; there is one. */
export function openDm(team: Team, botUserId: string, userId: string): Channel {
  const found = [...team.channels.values()].find(
    (each) => each.kind === 'im' && each.userId === userId && each.members.has(botUserId),
  )
  if (found) return found
  const channel: Channel = {
    id: newId('D'),
    name: 'directmessage',
    kind: 'im',
    isArchived: false,
    isShared: false,
    members: new Set([botUserId, userId]),
    messages: [],
    userId,
  }
  team.channels.set(channel.id, channel)
  return channel
}
