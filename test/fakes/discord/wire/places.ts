import { ChannelType } from 'discord.js'
import { channelPermissions, isDm, sees } from '../permissions.ts'
import { type Channel, type Guild, publicMessages, type World } from '../world.ts'
import { userOf, wireMember, wireRole, wireUser } from './people.ts'

export function wireChannel(world: World, channel: Channel): Record<string, unknown> {
  const last = publicMessages(channel).at(-1)?.id ?? null
  if (isDm(channel)) {
    const others = channel.recipients.filter((id) => id !== world.botId)
    return {
      id: channel.id,
      type: channel.type,
      last_message_id: last,
      flags: 0,
      recipients: others.map((id) => wireUser(userOf(world, id))),
      ...(channel.type === ChannelType.GroupDM ? { name: channel.name, icon: null } : {}),
    }
  }
  if (channel.thread) return wireThread(world, channel)
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    position: channel.position,
    parent_id: channel.parentId ?? null,
    permission_overwrites: channel.overwrites.map((each) => ({
      id: each.id,
      type: each.type === 'role' ? 0 : 1,
      allow: String(each.allow),
      deny: String(each.deny),
    })),
    nsfw: false,
    flags: channel.requiresTag ? 1 << 4 : 0,
    ...(channel.type === ChannelType.GuildCategory ? {} : contentFields(channel, last)),
  }
}

function contentFields(channel: Channel, last: string | null) {
  const isForum = channel.type === ChannelType.GuildForum || channel.type === ChannelType.GuildMedia
  return {
    topic: channel.topic,
    last_message_id: last,
    rate_limit_per_user: 0,
    default_auto_archive_duration: 4320,
    ...(channel.type === ChannelType.GuildVoice ? { bitrate: 64_000, user_limit: 0, rtc_region: null } : {}),
    ...(isForum
      ? {
          available_tags: channel.tags.map((tag) => ({
            ...tag,
            moderated: false,
            emoji_id: null,
            emoji_name: null,
          })),
          default_reaction_emoji: null,
          default_sort_order: null,
          default_forum_layout: 0,
        }
      : {}),
  }
}

export function wireThread(world: World, channel: Channel): Record<string, unknown> {
  const { thread } = channel
  if (!thread) throw new Error('this is no thread')
  const joinedAtMs = thread.members.get(world.botId)
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    parent_id: channel.parentId,
    owner_id: thread.ownerId,
    name: channel.name,
    last_message_id: publicMessages(channel).at(-1)?.id ?? null,
    message_count: thread.messageCount,
    total_message_sent: thread.messageCount,
    member_count: Math.min(thread.members.size, 50),
    rate_limit_per_user: 0,
    flags: 0,
    ...(thread.appliedTags.length > 0 ? { applied_tags: thread.appliedTags } : {}),
    thread_metadata: {
      archived: thread.archived,
      archive_timestamp: new Date(thread.archivedAtMs).toISOString(),
      auto_archive_duration: thread.autoArchiveMinutes,
      locked: thread.locked,
      create_timestamp: new Date(thread.createdAtMs).toISOString(),
      ...(channel.type === ChannelType.PrivateThread ? { invitable: thread.invitable } : {}),
    },
    ...(joinedAtMs === undefined ? {} : { member: wireThreadMember(channel, world.botId) }),
  }
}

export function wireThreadMember(channel: Channel, userId: string) {
  return {
    id: channel.id,
    user_id: userId,
    join_timestamp: new Date(channel.thread?.members.get(userId) ?? 0).toISOString(),
    flags: 1,
  }
}

export function wireGuild(guild: Guild): Record<string, unknown> {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: guild.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    roles: [...guild.roles.values()].map((role) => wireRole(guild, role)),
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    vanity_url_code: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: guild.locale,
    nsfw_level: 0,
    hub_type: null,
    incidents_data: null,
    max_members: 25_000_000,
    max_presences: null,
    region: 'deprecated',
    widget_enabled: false,
    widget_channel_id: null,
  }
}

export const channelsOf = (world: World, guild: Guild): Channel[] =>
  [...world.channels.values()].filter((each) => each.guildId === guild.id)

export const activeThreads = (world: World, guild: Guild): Channel[] =>
  channelsOf(world, guild).filter((each) => each.thread?.archived === false)

/** The server as GUILD_CREATE brings it: with channels, threads that the bot sees, and the bot among the members. */
export function wireWholeGuild(world: World, guild: Guild): Record<string, unknown> {
  const me = guild.members.get(world.botId)
  return {
    ...wireGuild(guild),
    joined_at: new Date(me?.joinedAtMs ?? 0).toISOString(),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: me ? [wireMember(world, me)] : [],
    channels: channelsOf(world, guild)
      .filter((each) => !each.thread)
      .map((each) => wireChannel(world, each)),
    threads: activeThreads(world, guild)
      .filter((each) => sees(world, each, world.botId))
      .map((each) => wireThread(world, each)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

/** A channel as interactions show it. */
export function wireInteractionChannel(world: World, channel: Channel, userId: string) {
  const whole = wireChannel(world, channel)
  const { permission_overwrites: _, member: __, ...shown } = whole
  return { ...shown, permissions: String(channelPermissions(world, channel, userId)) }
}
