import { ChannelType, type InteractionType } from 'discord.js'
import { newId, newSecret } from '../ids.ts'
import { channelPermissions, has, isDm, visitorPermissions } from '../permissions.ts'
import { wireMessage } from '../wire/message.ts'
import { wireMember, wireUser } from '../wire/people.ts'
import { wireInteractionChannel } from '../wire/places.ts'
import type { Channel, Interaction, Message, User, World } from '../world.ts'
import { answerWithinMs } from './respond.ts'

interface Making {
  type: InteractionType
  who: User
  channel: Channel
  data: Record<string, unknown>
  about: string
  /** Who installed what makes this possible: `0` a server, `1` the person. */
  owners: Record<string, string>
  commandName?: string
  commandType?: number
  targetId?: string
  /** The message that was pressed, or from which a form came. */
  message?: Message | undefined
  trigger?: Interaction | undefined
}

/** Where a command is used: in a server, in the direct messages with the bot, or in those with others. */
export function contextOf(world: World, channel: Channel): 0 | 1 | 2 {
  if (!isDm(channel)) return 0
  return channel.type === ChannelType.DM && channel.recipients.includes(world.botId) ? 1 : 2
}

/** An interaction with the payload that the app gets. Nobody has heard of it yet. */
export function makeInteraction(world: World, making: Making): Interaction {
  const { channel, data, message, owners, type, who } = making
  const guild = world.guilds.get(channel.guildId ?? '')
  const id = newId(world.clock.now())
  const token = `aW50ZXJhY3Rpb246${newSecret(60)}`
  const permissions = channelPermissions(world, channel, who.id)
  const member = guild?.members.get(who.id)
  const isHere = guild ? guild.members.has(world.botId) : channel.recipients.includes(world.botId)
  const app = isHere ? channelPermissions(world, channel, world.botId) : visitorPermissions(world, channel)
  const payload = {
    id,
    application_id: world.app.id,
    type,
    data,
    token,
    version: 1,
    channel_id: channel.id,
    channel: wireInteractionChannel(world, channel, who.id),
    ...(guild && member
      ? {
          guild_id: guild.id,
          guild: { id: guild.id, locale: guild.locale, features: [] },
          guild_locale: guild.locale,
          member: { ...wireMember(world, member), permissions: String(permissions) },
        }
      : { user: wireUser(who) }),
    ...(message ? { message: wireMessage(world, message) } : {}),
    app_permissions: String(app),
    locale: who.locale,
    entitlements: [],
    authorizing_integration_owners: owners,
    context: contextOf(world, channel),
    attachment_size_limit: guild?.attachmentSizeLimit ?? 10 * 1024 * 1024,
  }
  const waiting = new Set<() => void>()
  const interaction: Interaction = {
    id,
    token,
    type,
    userId: who.id,
    guildId: guild?.id,
    channelId: channel.id,
    about: making.about,
    commandName: making.commandName,
    commandType: making.commandType,
    targetId: making.targetId,
    createdAtMs: world.clock.now(),
    answered: undefined,
    answeredAtMs: undefined,
    failed: undefined,
    sourceMessageId: message?.id,
    trigger: making.trigger,
    originalId: undefined,
    followUpIds: [],
    modal: undefined,
    modalGone: false,
    choices: undefined,
    owners,
    forcedEphemeral: guild !== undefined && !('0' in owners) && !has(permissions, 'UseExternalApps'),
    payload,
    waiting,
    changed: () => {
      for (const look of waiting) look()
    },
  }
  world.interactions.set(token, interaction)
  world.clock.after(answerWithinMs, () => {
    if (interaction.answered === undefined) fail(world, interaction, 'The application did not respond')
  })
  return interaction
}

/** What a person reads when an app does not do its part. */
export function fail(world: World, interaction: Interaction, why: string): void {
  interaction.failed ??= why
  interaction.changed()
  world.changed()
}
