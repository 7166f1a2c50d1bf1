import { historyScope } from '../api/places.ts'
import { newId } from '../ids.ts'
import type { Channel, Install, SlackEvent, Team, World } from '../world.ts'

export interface Envelope {
  type: 'event_callback'
  event_id: string
  event: SlackEvent
  [key: string]: unknown
}

/** The name under which an app subscribes to an event: messages by the kind of conversation. */
const subscriptionOf = (event: SlackEvent, channel: Channel | undefined) => {
  if (event.type !== 'message' || !channel) return event.type
  return { channel: 'message.channels', group: 'message.groups', im: 'message.im', mpim: 'message.mpim' }[
    channel.kind
  ]
}

const scopes: Record<string, string> = {
  app_mention: 'app_mentions:read',
  channel_deleted: 'channels:read',
  group_deleted: 'groups:read',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  file_shared: 'files:read',
  team_join: 'users:read',
  member_joined_channel: 'channels:read',
}

/** Whether Slack would send this event to an install. */
export function maySee(
  world: World,
  install: Install,
  event: SlackEvent,
  channel: Channel | undefined,
): boolean {
  if (event.type === 'app_uninstalled' || event.type === 'tokens_revoked') {
    return world.app.subscriptions.includes(event.type)
  }
  if (install.state !== 'live') return false
  if (!world.app.subscriptions.includes(subscriptionOf(event, channel))) return false
  const needed = event.type === 'message' && channel ? historyScope(channel) : scopes[event.type]
  if (needed !== undefined && !install.scopes.includes(needed)) return false
  return channel === undefined || channel.members.has(install.botUserId)
}

export function envelope(
  world: World,
  about: { team: Team; install: Install; channel: Channel | undefined },
  event: SlackEvent,
): Envelope {
  const { channel, install, team } = about
  const enterpriseId = team.enterprise?.id ?? null
  return {
    token: world.app.verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: enterpriseId,
    ...(enterpriseId ? { enterprise_id: enterpriseId } : {}),
    api_app_id: install.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(world.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: enterpriseId,
        team_id: install.enterpriseId ? null : team.id,
        user_id: install.botUserId,
        is_bot: true,
        is_enterprise_install: install.enterpriseId !== undefined,
      },
    ],
    is_ext_shared_channel: channel?.isShared ?? false,
    ...(channel ? { event_context: newId('EC') } : {}),
  }
}
