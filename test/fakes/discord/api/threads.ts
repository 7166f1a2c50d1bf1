import { ChannelType, ThreadAutoArchiveDuration } from 'discord.js'
import { z } from 'zod'
import { sendFlags, takeMessage } from '../check/message.ts'
import { openThread } from '../open-thread.ts'
import { channelPermissions, has, isDm, isThread, sees } from '../permissions.ts'
import { putMessage } from '../post.ts'
import { emitThread, removeChannel, setArchived } from '../threads.ts'
import { wireMessage } from '../wire/message.ts'
import { activeThreads, channelsOf, wireChannel, wireThread, wireThreadMember } from '../wire/places.ts'
import type { Channel, World } from '../world.ts'
import { fileLimitOf } from './messages.ts'
import { refused } from './refusal.ts'
import {
  Answer,
  bodyAs,
  type Call,
  channelOf,
  guildOf,
  messageOf,
  needPermission,
  param,
  route,
} from './route.ts'

const name = z.string().min(1).max(100)
const autoArchive = z.enum(ThreadAutoArchiveDuration).nullish()

const onMessage = z.object({
  name,
  auto_archive_duration: autoArchive,
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
})

const loose = onMessage.extend({
  type: z
    .union([
      z.literal(ChannelType.PublicThread),
      z.literal(ChannelType.PrivateThread),
      z.literal(ChannelType.AnnouncementThread),
    ])
    .nullish(),
  invitable: z.boolean().nullish(),
})

const forumPost = onMessage.extend({
  message: z.unknown(),
  applied_tags: z.array(z.string()).max(5).nullish(),
})

const change = z.object({
  name: name.optional(),
  archived: z.boolean().optional(),
  auto_archive_duration: autoArchive,
  locked: z.boolean().optional(),
  invitable: z.boolean().optional(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
  flags: z.number().int().optional(),
  applied_tags: z.array(z.string()).max(5).optional(),
})

const memberPath = '/channels/:channel/thread-members'

export const threadRoutes = [
  route('POST /channels/:channel/messages/:message/threads', (call) => {
    const { world } = call
    const channel = channelOf(call)
    if (isDm(channel) || isThread(channel)) throw refused('wrongChannelType')
    needPermission(world, channel, 'CreatePublicThreads')
    const on = messageOf(call, channel)
    const form = bodyAs(call, onMessage)
    const about = {
      name: form.name,
      ownerId: world.botId,
      autoArchiveMinutes: form.auto_archive_duration ?? undefined,
    }
    return new Answer(201, wireThread(world, openThread(world, channel, about, on)))
  }),
  route('POST /channels/:channel/threads', create),
  route('GET /guilds/:guild/threads/active', (call) => {
    const guild = guildOf(call)
    const threads = activeThreads(call.world, guild).filter((each) =>
      sees(call.world, each, call.world.botId),
    )
    return {
      threads: threads.map((each) => wireThread(call.world, each)),
      members: threads.flatMap((each) => ownMembership(call.world, each)),
    }
  }),
  route('GET /channels/:channel/threads/archived/public', (call) => archived(call, false)),
  route('GET /channels/:channel/threads/archived/private', (call) => archived(call, true)),
  route(`GET ${memberPath}`, (call) => {
    const channel = threadOf(call)
    return [...(channel.thread?.members.keys() ?? [])].map((id) => wireThreadMember(channel, id))
  }),
  route(`GET ${memberPath}/:user`, (call) => {
    const channel = threadOf(call)
    const id = userOf(call)
    if (!channel.thread?.members.has(id)) throw refused('unknownMember')
    return wireThreadMember(channel, id)
  }),
  route(`PUT ${memberPath}/:user`, (call) => {
    const channel = threadOf(call)
    if (channel.thread?.archived) throw refused('archived')
    const id = userOf(call)
    if (id !== call.world.botId) {
      needPermission(call.world, channel, 'SendMessagesInThreads')
      const parent = call.world.channels.get(channel.parentId ?? '')
      if (!parent || !sees(call.world, parent, id)) throw refused('missingAccess')
    }
    channel.thread?.members.set(id, call.world.clock.now())
    call.world.changed()
  }),
  route(`DELETE ${memberPath}/:user`, (call) => {
    const channel = threadOf(call)
    if (channel.thread?.archived) throw refused('archived')
    const id = userOf(call)
    if (id !== call.world.botId) needPermission(call.world, channel, 'ManageThreads')
    channel.thread?.members.delete(id)
    call.world.changed()
  }),
  route('PATCH /channels/:channel', (call) => {
    const channel = channelOf(call)
    return isThread(channel) ? changeThread(call, channel) : changeChannel(call, channel)
  }),
  route('DELETE /channels/:channel', (call) => {
    const channel = channelOf(call)
    if (isDm(channel)) return wireChannel(call.world, channel)
    needPermission(call.world, channel, isThread(channel) ? 'ManageThreads' : 'ManageChannels')
    removeChannel(call.world, channel)
    return wireChannel(call.world, channel)
  }),
]

function create(call: Call) {
  const { world } = call
  const channel = channelOf(call)
  if (channel.type === ChannelType.GuildForum || channel.type === ChannelType.GuildMedia)
    return createPost(call, channel)
  if (channel.type !== ChannelType.GuildText && channel.type !== ChannelType.GuildAnnouncement) {
    throw refused('wrongChannelType')
  }
  const form = bodyAs(call, loose)
  const isPrivate = (form.type ?? ChannelType.PrivateThread) === ChannelType.PrivateThread
  needPermission(world, channel, isPrivate ? 'CreatePrivateThreads' : 'CreatePublicThreads')
  const thread = openThread(world, channel, {
    name: form.name,
    ownerId: world.botId,
    autoArchiveMinutes: form.auto_archive_duration ?? undefined,
    type: isPrivate ? ChannelType.PrivateThread : ChannelType.PublicThread,
    invitable: form.invitable ?? undefined,
  })
  return new Answer(201, wireThread(world, thread))
}

/** A post of a forum is a thread and its first message at once; both have one id. */
function createPost(call: Call, channel: Channel) {
  const { world } = call
  needPermission(world, channel, 'SendMessages')
  const form = bodyAs(call, forumPost)
  const tags = form.applied_tags ?? []
  if (channel.requiresTag && tags.length === 0) throw refused('tagRequired')
  const given = { body: form.message, files: call.files }
  const draft = takeMessage(given, { flags: sendFlags, fileLimit: fileLimitOf(world, channel) })
  if (draft.uploads.length > 0) needPermission(world, channel, 'AttachFiles')
  const thread = openThread(world, channel, {
    name: form.name,
    ownerId: world.botId,
    autoArchiveMinutes: form.auto_archive_duration ?? undefined,
    appliedTags: tags.filter((id) => channel.tags.some((tag) => tag.id === id)),
  })
  const message = putMessage(world, thread, draft, { authorId: world.botId, id: thread.id })
  return new Answer(201, { ...wireThread(world, thread), message: wireMessage(world, message) })
}

function changeThread(call: Call, channel: Channel) {
  const { world } = call
  const { thread } = channel
  if (!thread) throw refused('wrongChannelType')
  const form = bodyAs(call, change)
  const isModerator = has(channelPermissions(world, channel, world.botId), 'ManageThreads')
  const onlyWakes = form.archived === false && Object.keys(form).length === 1
  if (thread.archived && form.archived !== false) throw refused('archived')
  if (form.locked !== undefined && !isModerator) throw refused('missingPermissions')
  if (onlyWakes) needPermission(world, channel, 'SendMessagesInThreads')
  else if (thread.ownerId !== world.botId && !isModerator) throw refused('missingPermissions')
  if (thread.locked && thread.archived && !isModerator) throw refused('archived')
  if (form.name !== undefined) channel.name = form.name
  if (form.locked !== undefined) thread.locked = form.locked
  if (form.invitable !== undefined) thread.invitable = form.invitable
  if (form.auto_archive_duration) thread.autoArchiveMinutes = form.auto_archive_duration
  if (form.applied_tags) thread.appliedTags = form.applied_tags
  if (form.archived === undefined || form.archived === thread.archived) emitThread(world, channel)
  else setArchived(world, channel, form.archived)
  return wireThread(world, channel)
}

const channelChange = z.looseObject({ name: name.optional(), topic: z.string().max(1024).nullish() })

function changeChannel(call: Call, channel: Channel) {
  if (isDm(channel)) throw refused('notOnDms')
  needPermission(call.world, channel, 'ManageChannels')
  const form = bodyAs(call, channelChange)
  if (form.name !== undefined) channel.name = form.name
  if (form.topic !== undefined) channel.topic = form.topic
  const data = wireChannel(call.world, channel)
  call.world.emit({ type: 'CHANNEL_UPDATE', data, guildId: channel.guildId })
  return data
}

function threadOf(call: Call): Channel {
  const channel = channelOf(call)
  if (!isThread(channel)) throw refused('wrongChannelType')
  return channel
}

const userOf = (call: Call) => (param(call, 'user') === '@me' ? call.world.botId : param(call, 'user'))

const ownMembership = (world: World, channel: Channel) =>
  channel.thread?.members.has(world.botId) ? [wireThreadMember(channel, world.botId)] : []

function archived(call: Call, isPrivate: boolean) {
  const channel = channelOf(call, 'ReadMessageHistory')
  if (isPrivate) needPermission(call.world, channel, 'ManageThreads')
  const guild = call.world.guilds.get(channel.guildId ?? '')
  const threads = (guild ? channelsOf(call.world, guild) : []).filter(
    (each) =>
      each.parentId === channel.id &&
      each.thread?.archived &&
      (each.type === ChannelType.PrivateThread) === isPrivate,
  )
  return { threads: threads.map((each) => wireThread(call.world, each)), members: [], has_more: false }
}
