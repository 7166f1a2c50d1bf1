import type { APIGuildMember, APIRole, APIUser, GuildMemberFlags, RoleFlags, UserFlags } from 'discord.js'
import type { Guild, Member, Role, User, World } from '../world.ts'
import { need } from '../world.ts'

export function wireUser(user: User): APIUser {
  return {
    id: user.id,
    username: user.username,
    discriminator: user.bot ? '0001' : '0',
    global_name: user.globalName,
    avatar: null,
    public_flags: 0 as UserFlags,
    ...(user.bot ? { bot: true } : {}),
  }
}

export function wireSelf(user: User): APIUser {
  return {
    ...wireUser(user),
    flags: 0 as UserFlags,
    mfa_enabled: false,
    locale: user.locale as NonNullable<APIUser['locale']>,
    verified: true,
    email: null,
    premium_type: 0,
    banner: null,
    accent_color: null,
  }
}

export const userOf = (world: World, id: string): User => need(world.users.get(id), 'user')

/** A member without the user, as messages carry it. */
export function wirePartialMember(member: Member): Omit<APIGuildMember, 'user'> {
  return {
    roles: [...member.roles],
    nick: member.nick,
    avatar: null,
    banner: null,
    joined_at: new Date(member.joinedAtMs).toISOString(),
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0 as GuildMemberFlags,
    pending: false,
    communication_disabled_until: null,
  }
}

export function wireMember(world: World, member: Member): APIGuildMember {
  return { ...wirePartialMember(member), user: wireUser(userOf(world, member.userId)) }
}

export function wireRole(guild: Guild, role: Role): APIRole {
  return {
    id: role.id,
    name: role.name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: role.position,
    permissions: String(role.permissions),
    managed: role.managed,
    mentionable: role.mentionable,
    flags: 0 as RoleFlags,
    ...(role.managed ? { tags: tagsOf(guild, role) } : {}),
  }
}

/** Whose role it is that Discord made. */
function tagsOf({ members }: Guild, { id }: Role): { bot_id?: string } {
  const bot = [...members.values()].find(({ roles }) => roles.has(id))
  return bot ? { bot_id: bot.userId } : {}
}
