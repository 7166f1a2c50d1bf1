import { z } from 'zod'
import { method, Refusal, words } from './method.ts'
import { findChannel, placeToPost, rootFor } from './places.ts'

const customisation = {
  icon_emoji: words.nullable().optional(),
  icon_url: words.nullable().optional(),
  username: words.nullable().optional(),
}

const setStatus = method(
  'agents.sessions.setStatus',
  {
    scopes: ['chat:write'],
    tier: 3,
    args: z.strictObject({
      channel_id: words,
      status: words,
      thread_ts: words.optional(),
      title: words.max(200).optional(),
      initiator_user_id: words.optional(),
      ...customisation,
    }),
  },
  (call, args) => {
    if (!call.install.scopes.includes('assistant:write')) throw new Refusal('access_denied')
    const status = z.enum(['active', 'processing', 'suspended', 'closed']).safeParse(args.status)
    if (!status.success) throw new Refusal('invalid_status')
    const { channel, team } = placeToPost(call, args.channel_id)
    if (args.thread_ts === undefined) throw new Refusal('thread_ts_required')
    const threadTs = rootFor(channel, args.thread_ts) ?? ''
    const initiator = args.initiator_user_id
    if (initiator !== undefined && !channel.members.has(initiator)) throw new Refusal('user_not_found')
    const found = team.sessions.find((each) => each.channelId === channel.id && each.threadTs === threadTs)
    const session = found ?? {
      channelId: channel.id,
      threadTs,
      title: args.title ?? '',
      status: status.data,
      history: [],
    }
    if (!found) team.sessions.push(session)
    session.status = status.data
    session.history.push(status.data)
    if (status.data === 'processing' && !call.world.app.subscriptions.includes('agent_session_stopped')) {
      call.warnings.push('missing_agent_session_stopped_event_subscription')
    }
    return { status: session.status, agent_status: session.status, title: session.title }
  },
)

const rename = method(
  'agents.sessions.rename',
  {
    scopes: ['chat:write'],
    tier: 3,
    args: z.strictObject({ channel_id: words, title: words.min(1).max(200), thread_ts: words.optional() }),
  },
  (call, args) => {
    const { channel, team } = findChannel(call, args.channel_id)
    if (channel.isArchived) throw new Refusal('is_archived')
    if (args.thread_ts === undefined) throw new Refusal('thread_ts_required')
    const session = team.sessions.find(
      (each) => each.channelId === channel.id && each.threadTs === args.thread_ts,
    )
    if (!session) throw new Refusal('session_not_found')
    session.title = args.title
    return { title: session.title }
  },
)

export const agents = [setStatus, rename]
