import type { Channel, Member, Message, StoredFile, Team, View, World } from './world.ts'

/** A message as `conversations.history` and the events show it. Metadata only where it was asked for. */
export function wireMessage(
  world: World,
  place: { team: Team; channel: Channel },
  message: Message,
  options: { metadata?: boolean } = {},
): Record<string, unknown> {
  const { channel, team } = place
  const replies = repliesOf(channel, message)
  const author = team.users.get(message.userId)
  return {
    type: 'message',
    ...(message.subtype ? { subtype: message.subtype } : {}),
    ...(message.subtype === 'bot_message' ? {} : { user: message.userId }),
    ...(message.botId ? botFields(author, message) : {}),
    text: message.text,
    ts: message.ts,
    team: author?.homeTeamId ?? team.id,
    ...(channel.isShared && author && author.homeTeamId !== team.id
      ? { user_team: author.homeTeamId, source_team: author.homeTeamId }
      : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.files.length > 0
      ? { files: message.files.map((file) => wireFile(world, team, file)), upload: true }
      : {}),
    ...(message.edited ? { edited: message.edited } : {}),
    ...(message.stream ? { streaming_state: streamState(message) } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs, parent_user_id: parentOf(channel, message) } : {}),
    ...(replies.length > 0 ? threadFields(message, replies) : {}),
    ...(message.reactions.size > 0
      ? {
          reactions: [...message.reactions].map(([name, users]) => ({ name, users, count: users.length })),
        }
      : {}),
    ...(options.metadata && message.metadata ? { metadata: message.metadata } : {}),
  }
}

function botFields(author: Member | undefined, message: Message) {
  return {
    bot_id: message.botId,
    ...(message.appId ? { app_id: message.appId } : {}),
    bot_profile: {
      id: message.botId,
      app_id: message.appId,
      name: author?.name ?? '',
      deleted: false,
      team_id: author?.homeTeamId,
    },
  }
}

const streamState = (message: Message) =>
  message.stream?.state === 'stopped' ? 'completed' : message.stream?.state

function parentOf(channel: Channel, message: Message): string | undefined {
  return channel.messages.find((each) => each.ts === message.threadTs)?.userId
}

export function repliesOf(channel: Channel, root: Message): Message[] {
  return channel.messages.filter((each) => each.threadTs === root.ts && each.ts !== root.ts)
}

function threadFields(root: Message, replies: readonly Message[]) {
  const users = [...new Set(replies.map((reply) => reply.userId))]
  return {
    thread_ts: root.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: replies.at(-1)?.ts,
    reply_users: users,
    is_locked: false,
    subscribed: true,
  }
}

export function wireFile(world: World, team: Team, file: StoredFile): Record<string, unknown> {
  if (file.deleted) return { id: file.id, mode: 'tombstone' }
  const seconds = Math.floor(file.createdMs / 1000)
  const extension = file.name.includes('.') ? (file.name.split('.').at(-1) ?? '') : ''
  const address = `${world.origin}/files-pri/${team.id}-${file.id}`
  const inKind = (kind: Channel['kind']) =>
    [...file.channels].filter((id) => team.channels.get(id)?.kind === kind)
  return {
    id: file.id,
    created: seconds,
    timestamp: seconds,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: extension,
    pretty_type: extension.toUpperCase(),
    user: file.userId,
    user_team: team.id,
    editable: false,
    size: file.bytes.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: inKind('channel').length > 0,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${address}/${encodeURIComponent(file.name)}`,
    url_private_download: `${address}/download/${encodeURIComponent(file.name)}`,
    permalink: `https://${team.domain}.slack.com/files/${file.userId}/${file.id}/${encodeURIComponent(file.name)}`,
    channels: inKind('channel'),
    groups: inKind('group'),
    ims: inKind('im'),
    file_access: 'visible',
  }
}

export function wireUser(member: Member, teamId: string): Record<string, unknown> {
  const isStranger = member.homeTeamId !== teamId
  return {
    id: member.id,
    team_id: member.homeTeamId,
    name: member.name.toLowerCase().replaceAll(' ', '.'),
    deleted: member.deleted,
    real_name: member.realName,
    tz: member.tz,
    profile: {
      real_name: member.realName,
      display_name: member.name,
      team: member.homeTeamId,
      ...(member.botId ? { bot_id: member.botId, api_app_id: member.appId } : {}),
    },
    is_admin: member.isAdmin && !isStranger,
    is_owner: member.isOwner && !isStranger,
    is_primary_owner: false,
    is_restricted: member.isGuest === true,
    is_ultra_restricted: false,
    is_bot: member.isBot,
    is_app_user: false,
    ...(isStranger ? { is_stranger: true } : {}),
  }
}

export function wireView(view: View, teamId: string, appId: string): Record<string, unknown> {
  return {
    id: view.id,
    team_id: teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    external_id: view.externalId,
    state: { values: {} },
    hash: view.hash,
    title: view.title ?? null,
    close: view.close ?? null,
    submit: view.submit ?? null,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    root_view_id: view.rootId,
    previous_view_id: view.previousId ?? null,
    app_id: appId,
    app_installed_team_id: teamId,
    bot_id: view.botId,
  }
}
