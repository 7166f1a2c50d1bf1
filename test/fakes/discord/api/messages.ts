import { ChannelType, MessageFlags, MessageType } from 'discord.js'
import { z } from 'zod'
import { type Draft, editFlags, sendFlags, takeMessage } from '../check/message.ts'
import { isBefore, timeOf } from '../ids.ts'
import { channelPermissions, has, isDm, isThread } from '../permissions.ts'
import { changeMessage, putMessage, removeMessage } from '../post.ts'
import { wireMessage, withoutContent } from '../wire/message.ts'
import { type Channel, type Message, publicMessages, type World } from '../world.ts'
import { badForm, refused } from './refusal.ts'
import { bodyAs, type Call, channelOf, messageOf, needPermission, route } from './route.ts'

const messages = '/channels/:channel/messages'
const message = `${messages}/:message`

/** How long a nonce is remembered: "the past few minutes". */
const nonceMs = 180_000

export const messageRoutes = [
  route(`GET ${messages}`, listMessages),
  route(`GET ${message}`, (call) => {
    const channel = channelOf(call, 'ReadMessageHistory')
    return read(call.world, messageOf(call, channel))
  }),
  route(`POST ${messages}`, post, { limit: [5, 5000] }),
  route(`PATCH ${message}`, edit, { limit: [5, 5000] }),
  route(
    `DELETE ${message}`,
    (call) => {
      const channel = channelOf(call)
      const found = messageOf(call, channel)
      if (found.type === MessageType.ThreadStarterMessage) throw refused('systemMessage')
      if (channel.thread?.archived) throw refused('archived')
      if (found.authorId !== call.world.botId) {
        if (isDm(channel)) throw refused('notOnDms')
        needPermission(call.world, channel, 'ManageMessages')
      }
      removeMessage(call.world, channel, found)
    },
    { limit: [5, 1000] },
  ),
  route(`PUT ${message}/reactions/:emoji/@me`, (call) => {
    const channel = channelOf(call, 'ReadMessageHistory')
    const found = messageOf(call, channel)
    if (channel.thread?.archived) throw refused('archived')
    const emoji = call.params.emoji ?? ''
    if (!found.reactions.has(emoji)) needPermission(call.world, channel, 'AddReactions')
    found.reactions.set(emoji, new Set([...(found.reactions.get(emoji) ?? []), call.world.botId]))
    call.world.changed()
  }),
  route(
    'POST /channels/:channel/typing',
    (call) => {
      const channel = channelOf(call)
      needToSend(call.world, channel)
      channel.typing.push({ userId: call.world.botId, atMs: call.world.clock.now() })
      call.world.changed()
    },
    { limit: [5, 5000] },
  ),
]

/** A message as the app may read it by REST. */
export function read(world: World, found: Message): Record<string, unknown> {
  const whole = wireMessage(world, found)
  return mayReadContent(world) ? whole : withoutContent(world, whole)
}

/** GATEWAY_MESSAGE_CONTENT or its limited sister. */
export const mayReadContent = (world: World): boolean => (world.app.flags & ((1 << 18) | (1 << 19))) !== 0

const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: z.string().regex(/^\d+$/).optional(),
  after: z.string().regex(/^\d+$/).optional(),
  around: z.string().regex(/^\d+$/).optional(),
})

function listMessages(call: Call) {
  const channel = channelOf(call)
  const query = bodyAs({ ...call, body: Object.fromEntries(call.query) }, pageQuery)
  // Without the permission there is just nothing to see.
  if (!has(channelPermissions(call.world, channel, call.world.botId), 'ReadMessageHistory')) return []
  return pageOf(publicMessages(channel), query).map((each) => read(call.world, each))
}

/** A page of messages, the newest first. */
export function pageOf(all: readonly Message[], query: z.output<typeof pageQuery>): Message[] {
  const { after, around, before, limit } = query
  if (around) {
    const older = all.filter((each) => !isBefore(around, each.id)).slice(-Math.ceil((limit + 1) / 2))
    const newer = all.filter((each) => isBefore(around, each.id)).slice(0, limit - older.length)
    return [...older, ...newer].reverse()
  }
  if (after)
    return all
      .filter((each) => isBefore(after, each.id))
      .slice(0, limit)
      .reverse()
  return all
    .filter((each) => before === undefined || isBefore(each.id, before))
    .slice(-limit)
    .reverse()
}

/** Whether a message can be posted here at all, and by this bot. */
export function needToSend(world: World, channel: Channel): void {
  const isText =
    isDm(channel) ||
    isThread(channel) ||
    channel.type === ChannelType.GuildText ||
    channel.type === ChannelType.GuildAnnouncement ||
    channel.type === ChannelType.GuildVoice
  if (!isText) throw refused('nonText')
  if (isDm(channel)) {
    const other = channel.recipients.find((id) => id !== world.botId)
    if (other && world.users.get(other)?.refusesDms) throw refused('refusesDms')
    return
  }
  needPermission(world, channel, isThread(channel) ? 'SendMessagesInThreads' : 'SendMessages')
  const isModerator = has(channelPermissions(world, channel, world.botId), 'ManageThreads')
  if (channel.thread?.locked && !isModerator) {
    throw refused(channel.thread.archived ? 'archived' : 'locked')
  }
}

export function fileLimitOf(world: World, channel: Channel): number {
  return world.guilds.get(channel.guildId ?? '')?.attachmentSizeLimit ?? 10 * 1024 * 1024
}

function post(call: Call) {
  const { world } = call
  const channel = channelOf(call)
  needToSend(world, channel)
  const draft = takeMessage(call, { flags: sendFlags, fileLimit: fileLimitOf(world, channel) })
  if (draft.uploads.length > 0) needPermission(world, channel, 'AttachFiles')
  needReference(world, channel, draft)
  const twin = draft.enforceNonce ? twinOf(world, draft) : undefined
  if (twin) return wireMessage(world, twin)
  return wireMessage(world, putMessage(world, channel, draft, { authorId: world.botId }))
}

/** What this author posted under the same nonce a short while ago. */
function twinOf(world: World, draft: Draft): Message | undefined {
  if (draft.nonce === undefined) return undefined
  const since = world.clock.now() - nonceMs
  return [...world.channels.values()]
    .flatMap((channel) => channel.messages)
    .find(
      (each) =>
        each.authorId === world.botId &&
        each.nonce !== undefined &&
        String(each.nonce) === String(draft.nonce) &&
        timeOf(each.id) > since,
    )
}

function needReference(world: World, channel: Channel, draft: Draft): void {
  const { reference } = draft
  if (!reference) return
  if (!has(channelPermissions(world, channel, world.botId), 'ReadMessageHistory')) throw refused('noHistory')
  const place = world.channels.get(reference.channel_id ?? channel.id)
  const isThere = place?.messages.some((each) => each.id === reference.message_id && !each.onlyFor)
  if (isThere && place === channel) return
  if (reference.fail_if_not_exists === false && !isThere) {
    draft.reference = undefined
    return
  }
  throw badForm([
    isThere
      ? {
          path: ['message_reference'],
          code: 'MESSAGE_REFERENCE_CHANNEL_MISMATCH',
          message: 'Cannot reply to a message in a different channel',
        }
      : {
          path: ['message_reference'],
          code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE',
          message: 'Unknown message',
        },
  ])
}

function edit(call: Call) {
  const { world } = call
  const channel = channelOf(call)
  const found = messageOf(call, channel)
  if (found.type !== MessageType.Default && found.type !== MessageType.Reply && !found.interaction) {
    throw refused('systemMessage')
  }
  if (channel.thread?.archived) throw refused('archived')
  if (found.authorId !== world.botId) return suppressOther(call, channel, found)
  const draft = takeMessage(call, { flags: editFlags, fileLimit: fileLimitOf(world, channel), before: found })
  if (draft.uploads.length > 0) needPermission(world, channel, 'AttachFiles')
  changeMessage(world, channel, found, draft)
  return wireMessage(world, found)
}

/** Of another's message only the embeds can be taken away, by who may manage messages. */
function suppressOther(call: Call, channel: Channel, found: Message) {
  const body = (call.body ?? {}) as Record<string, unknown>
  if (Object.keys(body).some((name) => name !== 'flags')) throw refused('notYours')
  needPermission(call.world, channel, 'ManageMessages')
  const rest = found.flags & ~MessageFlags.SuppressEmbeds
  found.flags = rest | (Number(body.flags ?? 0) & MessageFlags.SuppressEmbeds)
  call.world.changed()
  return read(call.world, found)
}
