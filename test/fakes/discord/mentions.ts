import { channelPermissions, has } from './permissions.ts'
import type { Channel, Component, Pings, World } from './world.ts'

export interface AllowedMentions {
  parse?: ('users' | 'roles' | 'everyone')[] | undefined
  users?: string[] | undefined
  roles?: string[] | undefined
  replied_user?: boolean | undefined
}

/** The text that mentions are looked for in: the content, or all that the components say. */
export function spokenText(content: string, components: readonly Component[]): string {
  return [content, ...components.flatMap(textsOf)].join('\n')
}

function textsOf(component: Component): string[] {
  const own = component.type === 10 && typeof component.content === 'string' ? [component.content] : []
  const inner = [...(component.components ?? []), ...(component.accessory ? [component.accessory] : [])]
  return [...own, ...inner.flatMap(textsOf)]
}

/**
 * Whom a message mentions, as far as `allowed` lets it. Code mentions nobody. A role has to be mentionable, and
 * everyone needs a permission.
 */
export function mentionsIn(
  world: World,
  about: { channel: Channel; authorId: string; repliesTo: string | undefined },
  text: string,
  allowed: AllowedMentions | undefined,
): Pings {
  const { authorId, channel, repliesTo } = about
  const permissions = channelPermissions(world, channel, authorId)
  const mayAll = has(permissions, 'MentionEveryone')
  const guild = world.guilds.get(channel.guildId ?? '')
  const spoken = text.replaceAll(/(?<!\\)```[\s\S]*?```|(?<!\\)`[^`\n]*`/g, ' ')
  const may = (kind: 'users' | 'roles', id: string) =>
    allowed === undefined || allowed.parse?.includes(kind) || allowed[kind]?.includes(id)
  const users = [...spoken.matchAll(/(?<!\\)<@!?(\d+)>/g)]
    .map((match) => match[1] ?? '')
    .filter((id) => world.users.has(id) && may('users', id))
  const roles = [...spoken.matchAll(/(?<!\\)<@&(\d+)>/g)]
    .map((match) => match[1] ?? '')
    .filter((id) => may('roles', id) && guild?.roles.has(id))
    .filter((id) => mayAll || guild?.roles.get(id)?.mentionable)
  const everyone =
    /(?<![\\\w@])@(everyone|here)\b/.test(spoken) &&
    mayAll &&
    guild !== undefined &&
    (allowed === undefined || allowed.parse?.includes('everyone') === true)
  const tellsReplied =
    repliesTo !== undefined && repliesTo !== authorId && (allowed?.replied_user ?? allowed === undefined)
  return {
    everyone,
    users: [...new Set([...users, ...(tellsReplied ? [repliesTo] : [])])],
    roles: [...new Set(roles)],
  }
}
