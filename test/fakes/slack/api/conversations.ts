import { z } from 'zod'
import { repliesOf, wireMessage } from '../wire.ts'
import type { Channel, Message, Team } from '../world.ts'
import { type Call, flag, method, needScope, Refusal, whole, words } from './method.ts'
import { findChannel, openDm, placeToRead, readScope } from './places.ts'

const range = {
  cursor: words.optional(),
  limit: whole.optional(),
  oldest: words.optional(),
  latest: words.optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
}

interface Range {
  cursor?: string | undefined
  limit?: number | undefined
  oldest?: string | undefined
  latest?: string | undefined
  inclusive?: boolean | undefined
}

function within(message: Message, { inclusive, latest, oldest }: Range): boolean {
  const ts = Number(message.ts)
  if (inclusive && (message.ts === oldest || message.ts === latest)) return true
  return ts > Number(oldest ?? 0) && (latest === undefined || ts < Number(latest))
}

/** One page, and the cursor of the next. Apps outside the marketplace get fifteen at most. */
function pageOf<Item>(items: readonly Item[], range: Range, most: number) {
  const from = range.cursor ? Number(Buffer.from(range.cursor, 'base64').toString().replace('next:', '')) : 0
  if (Number.isNaN(from)) throw new Refusal('invalid_cursor')
  if (range.limit !== undefined && (range.limit < 1 || range.limit > 1000)) throw new Refusal('invalid_limit')
  const page = items.slice(from, from + Math.min(range.limit ?? 100, most))
  const end = from + page.length
  const hasMore = end < items.length
  return {
    page,
    hasMore,
    response_metadata: { next_cursor: hasMore ? Buffer.from(`next:${end}`).toString('base64') : '' },
  }
}

export function conversations(options: { mostPerPage: number }) {
  const { mostPerPage } = options
  const show =
    (call: Call, place: { team: Team; channel: Channel }, all: boolean | undefined) => (each: Message) =>
      wireMessage(call.world, place, each, {
        metadata: all === true && call.install.scopes.includes('metadata.message:read'),
      })

  const history = method(
    'conversations.history',
    { tier: 3, args: z.strictObject({ channel: words, ...range }) },
    (call, args) => {
      const place = placeToRead(call, args.channel)
      const top = place.channel.messages
        .filter((each) => each.threadTs === undefined || each.subtype === 'thread_broadcast')
        .filter((each) => within(each, args))
        .reverse()
      const { hasMore, page, response_metadata } = pageOf(top, args, mostPerPage)
      const messages = page.map(show(call, place, args.include_all_metadata))
      return { messages, has_more: hasMore, pin_count: 0, response_metadata }
    },
  )

  /** Every page begins with the root of the thread. */
  const replies = method(
    'conversations.replies',
    { tier: 3, args: z.strictObject({ channel: words, ts: words, ...range }) },
    (call, args) => {
      const place = placeToRead(call, args.channel)
      const found = place.channel.messages.find((each) => each.ts === args.ts)
      const root = place.channel.messages.find((each) => each.ts === (found?.threadTs ?? args.ts))
      if (!root) throw new Refusal('thread_not_found')
      const rest = repliesOf(place.channel, root).filter((each) => within(each, args))
      const { hasMore, page, response_metadata } = pageOf(rest, args, Math.max(1, mostPerPage - 1))
      const messages = [root, ...page].map(show(call, place, args.include_all_metadata))
      return { messages, has_more: hasMore, response_metadata }
    },
  )

  const info = method(
    'conversations.info',
    {
      tier: 3,
      args: z.strictObject({
        channel: words,
        include_locale: flag.optional(),
        include_num_members: flag.optional(),
      }),
    },
    (call, args) => {
      const { channel, team } = findChannel(call, args.channel)
      needScope(call.install, readScope(channel))
      return { channel: wireChannel(call, team, channel) }
    },
  )

  const members = method(
    'conversations.members',
    { tier: 4, args: z.strictObject({ channel: words, cursor: words.optional(), limit: whole.optional() }) },
    (call, args) => {
      const { channel } = findChannel(call, args.channel)
      needScope(call.install, readScope(channel))
      const { page, response_metadata } = pageOf([...channel.members], args, 1000)
      return { members: page, response_metadata }
    },
  )

  const open = method(
    'conversations.open',
    {
      scopes: ['im:write'],
      tier: 3,
      args: z.strictObject({
        users: words.optional(),
        channel: words.optional(),
        return_im: flag.optional(),
        prevent_creation: flag.optional(),
      }),
    },
    (call, args) => {
      if (args.channel !== undefined) return { channel: { id: findChannel(call, args.channel).channel.id } }
      const ids = args.users?.split(',') ?? []
      const [id] = ids
      if (id === undefined) throw new Refusal('users_list_not_supplied')
      if (ids.length > 1) throw new Refusal('too_many_users')
      if (!call.team.users.has(id)) throw new Refusal('user_not_found')
      const channel = openDm(call.team, call.install.botUserId, id)
      return { channel: args.return_im ? wireChannel(call, call.team, channel) : { id: channel.id } }
    },
  )

  const join = method(
    'conversations.join',
    { scopes: ['channels:join'], tier: 3, args: z.strictObject({ channel: words }) },
    (call, args) => {
      const { channel, team } = findChannel(call, args.channel)
      if (channel.kind !== 'channel') throw new Refusal('method_not_supported_for_channel_type')
      if (channel.isArchived) throw new Refusal('is_archived')
      channel.members.add(call.install.botUserId)
      return { channel: wireChannel(call, team, channel) }
    },
  )

  const listAll = method(
    'conversations.list',
    {
      tier: 2,
      args: z.strictObject({
        cursor: words.optional(),
        limit: whole.optional(),
        types: words.optional(),
        exclude_archived: flag.optional(),
      }),
    },
    (call, args) => {
      const named = { public_channel: 'channel', private_channel: 'group', im: 'im', mpim: 'mpim' } as const
      const kinds = (args.types ?? 'public_channel')
        .split(',')
        .map((type) => named[type as keyof typeof named])
      const found = [...call.team.channels.values()]
        .filter((channel) => kinds.includes(channel.kind) && !(args.exclude_archived && channel.isArchived))
        .filter((channel) => channel.kind === 'channel' || channel.members.has(call.install.botUserId))
      for (const channel of found) needScope(call.install, readScope(channel))
      const { page, response_metadata } = pageOf(found, args, 1000)
      return { channels: page.map((channel) => wireChannel(call, call.team, channel)), response_metadata }
    },
  )

  return [history, replies, info, members, open, join, listAll]
}

function wireChannel(call: Call, team: Team, channel: Channel): Record<string, unknown> {
  const common = {
    id: channel.id,
    created: 1_700_000_000,
    context_team_id: team.id,
    is_archived: channel.isArchived,
  }
  if (channel.kind === 'im') return { ...common, is_im: true, user: channel.userId, is_org_shared: false }
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'channel',
    is_group: channel.kind === 'group',
    is_im: false,
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'channel',
    is_general: false,
    is_shared: channel.isShared,
    is_ext_shared: channel.isShared,
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: channel.members.has(call.install.botUserId),
    num_members: channel.members.size,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  }
}
