import { permalinkOf } from '../api/chat.ts'
import { mimetypeOf } from '../api/files.ts'
import { newId } from '../ids.ts'
import { emitChange, putMessage, removeMessage } from '../post.ts'
import { wireMessage } from '../wire.ts'
import type { Block, Member, StoredFile, World } from '../world.ts'
import { around, type Desk, type Spot } from './around.ts'
import { typed } from './text.ts'

export interface Says {
  /** As Slack sends it: `<@U…>` is a mention, `<https://…|word>` a link. */
  text?: string
  blocks?: Block[]
  attachments?: Record<string, unknown>[]
  files?: { name: string; content: string | Buffer }[]
  threadTs?: string
}

export interface Said {
  ts: string
  channel: string
  /** The root of its thread, itself or another. */
  threadTs: string
  permalink: string
}

/** What somebody can say, and do to what was said. */
export function speaking(desk: Desk, who: Member) {
  const { team, world } = desk
  const { channelOf, enter, findSpot } = around(desk, who)
  return {
    /** Stores the message and sends the events that the app subscribes to. */
    says: (channelId: string, input: Says | string): Said => {
      const said = typeof input === 'string' ? { text: input } : input
      const place = enter(channelOf(channelId))
      const text = said.text ?? ''
      const message = putMessage(world, place, {
        userId: who.id,
        ...(who.botId ? { botId: who.botId, subtype: 'bot_message' as const } : {}),
        ...(who.appId ? { appId: who.appId } : {}),
        text,
        blocks: said.blocks ?? (text === '' || who.isBot ? [] : typed(text)),
        attachments: said.attachments ?? [],
        files: (said.files ?? []).map((file) => makeFile(world, who, file)),
        ...(said.files ? { subtype: 'file_share' as const } : {}),
        ...(said.threadTs === undefined ? {} : { threadTs: said.threadTs }),
      })
      return {
        ts: message.ts,
        channel: channelId,
        threadTs: message.threadTs ?? message.ts,
        permalink: permalinkOf(team.domain, message),
      }
    },

    edits: (spot: Spot, text: string): void => {
      const { channel, message } = findSpot(spot)
      const before = wireMessage(world, { team, channel }, message)
      Object.assign(message, { text, blocks: typed(text), edited: { user: who.id, ts: world.clock.ts() } })
      emitChange(world, { team, channel }, { message, before })
    },

    deletes: (spot: Spot): void => {
      const { channel, message } = findSpot(spot)
      removeMessage(world, { team, channel }, message)
    },

    reacts: (spot: Spot, reaction: string): void => {
      const { channel, message } = findSpot(spot)
      enter(channel)
      message.reactions.set(reaction, [...(message.reactions.get(reaction) ?? []), who.id])
      const item = { type: 'message', channel: channel.id, ts: message.ts }
      const event = { type: 'reaction_added', user: who.id, reaction, item, item_user: message.userId }
      world.emit(team, { ...event, event_ts: world.clock.ts() }, channel)
    },
  }
}

function makeFile(world: World, who: Member, file: { name: string; content: string | Buffer }): StoredFile {
  return {
    id: newId('F'),
    name: file.name,
    title: file.name,
    mimetype: mimetypeOf(file.name),
    bytes: Buffer.from(file.content),
    userId: who.id,
    createdMs: world.clock.now(),
    channels: new Set(),
    deleted: false,
  }
}
