import { wireMessage } from './wire.ts'
import type { Channel, Message, Team, World } from './world.ts'

export type Draft = Pick<Message, 'userId'> & Partial<Omit<Message, 'ts' | 'channelId' | 'reactions'>>

/** Puts a message into a conversation and sends the events that it causes. */
export function putMessage(world: World, place: { team: Team; channel: Channel }, draft: Draft): Message {
  const { channel, team } = place
  const message: Message = {
    text: '',
    blocks: [],
    attachments: [],
    files: [],
    unfurls: { links: true, media: true },
    ...draft,
    ts: world.clock.ts(),
    channelId: channel.id,
    reactions: new Map(),
  }
  if (message.onlyFor !== undefined) {
    team.ephemerals.push(message)
    return message
  }
  channel.messages.push(message)
  for (const file of message.files) {
    file.channels.add(channel.id)
    team.files.set(file.id, file)
  }
  emitMessage(world, place, message)
  for (const file of message.files) {
    world.emit(
      team,
      {
        type: 'file_shared',
        file_id: file.id,
        user_id: message.userId,
        file: { id: file.id },
        channel_id: channel.id,
        event_ts: message.ts,
      },
      channel,
    )
  }
  return message
}

/** A message of a channel arrives twice where the app is mentioned: as `message` and as `app_mention`. */
function emitMessage(world: World, place: { team: Team; channel: Channel }, message: Message): void {
  const { channel, team } = place
  const base = { ...wireMessage(world, place, message), channel: channel.id, event_ts: message.ts }
  const bots = [...world.installs.values()].map((install) => install.botUserId)
  const mentions = bots.some((id) => message.text.includes(`<@${id}>`) || message.text.includes(`<@${id}|`))
  if (mentions && channel.kind !== 'im' && !bots.includes(message.userId)) {
    world.emit(team, { ...base, type: 'app_mention' }, channel)
  }
  world.emit(team, { ...base, type: 'message', channel_type: channel.kind }, channel)
}

/** Tells of a change of a message. `before` is the message as it was on the wire. */
export function emitChange(
  world: World,
  place: { team: Team; channel: Channel },
  change: { message: Message; before: Record<string, unknown>; deleted?: boolean },
): void {
  const { channel, team } = place
  const ts = world.clock.ts()
  const { before, deleted, message } = change
  const base = {
    type: 'message',
    hidden: true,
    channel: channel.id,
    channel_type: channel.kind,
    ts,
    event_ts: ts,
  }
  world.emit(
    team,
    deleted
      ? { ...base, subtype: 'message_deleted', deleted_ts: message.ts, previous_message: before }
      : {
          ...base,
          subtype: 'message_changed',
          message: wireMessage(world, place, message),
          previous_message: before,
        },
    channel,
  )
}

/** A deleted message is gone; one with replies leaves a tombstone. */
export function removeMessage(world: World, place: { team: Team; channel: Channel }, message: Message): void {
  const { channel } = place
  const before = wireMessage(world, place, message)
  if (channel.messages.some((each) => each.threadTs === message.ts && each.ts !== message.ts)) {
    Object.assign(message, { subtype: 'tombstone', text: 'This message was deleted.', userId: 'USLACKBOT' })
    Object.assign(message, { blocks: [], attachments: [], files: [], botId: undefined, metadata: undefined })
    emitChange(world, place, { message, before })
    return
  }
  channel.messages.splice(channel.messages.indexOf(message), 1)
  emitChange(world, place, { message, before, deleted: true })
}
