import { InteractionType, InteractionResponseType as Kind, MessageFlags, MessageType } from 'discord.js'
import { z } from 'zod'
import { fileLimitOf } from '../api/messages.ts'
import { badForm, Refusal, refused } from '../api/refusal.ts'
import type { Upload } from '../check/files.ts'
import { parseForm } from '../check/form.ts'
import { answerFlags, type Draft, editFlags, takeMessage } from '../check/message.ts'
import { takeModal } from '../check/modal.ts'
import { changeMessage, putMessage } from '../post.ts'
import { type Channel, type Interaction, type Message, need, type World } from '../world.ts'

/** How soon an interaction must be acknowledged. */
export const answerWithinMs = 3000

const body = z.object({ type: z.number().int(), data: z.unknown().optional() })

const choices = z.object({
  choices: z
    .array(
      z.object({
        name: z.string().min(1).max(100),
        name_localizations: z.unknown().optional(),
        value: z.union([z.string().max(100), z.number()]),
      }),
    )
    .max(25)
    .default([]),
})

/** The app's first answer. Gives the message that came of it, if one did. */
export function respond(
  world: World,
  interaction: Interaction,
  given: { body: unknown; files: readonly Upload[] },
): Message | undefined {
  if (interaction.answered !== undefined) throw refused('acknowledged')
  if (world.clock.now() - interaction.createdAtMs > answerWithinMs) throw refused('unknownInteraction')
  const { data, type } = parseForm(body, given.body ?? {})
  const fitting = answersTo(interaction)
  if (!fitting.includes(type)) {
    const message = `Value must be one of {${fitting.join(', ')}}.`
    throw badForm([{ path: ['type'], code: 'BASE_TYPE_CHOICES', message }])
  }
  const message = take(world, interaction, type, { body: data, files: given.files })
  interaction.answered = type
  interaction.answeredAtMs = world.clock.now()
  interaction.changed()
  world.changed()
  return message
}

function answersTo({ sourceMessageId, type }: Interaction): number[] {
  const message = [Kind.ChannelMessageWithSource, Kind.DeferredChannelMessageWithSource]
  const update = [Kind.DeferredMessageUpdate, Kind.UpdateMessage]
  switch (type) {
    case InteractionType.Ping:
      return [Kind.Pong]
    case InteractionType.ApplicationCommand:
      return [...message, Kind.Modal]
    case InteractionType.MessageComponent:
      return [...message, ...update, Kind.Modal]
    case InteractionType.ApplicationCommandAutocomplete:
      return [Kind.ApplicationCommandAutocompleteResult]
    case InteractionType.ModalSubmit:
      return [...message, ...(sourceMessageId ? update : [])]
  }
}

function take(
  world: World,
  interaction: Interaction,
  type: number,
  given: { body: unknown; files: readonly Upload[] },
): Message | undefined {
  const channel = need(world.channels.get(interaction.channelId), 'channel')
  switch (type) {
    case Kind.ChannelMessageWithSource:
      return answerWith(world, interaction, checked(world, channel, given))
    case Kind.DeferredChannelMessageWithSource:
      return think(world, interaction, given.body)
    case Kind.DeferredMessageUpdate:
      interaction.originalId = interaction.sourceMessageId
      return sourceOf(world, interaction)
    case Kind.UpdateMessage: {
      const source = sourceOf(world, interaction)
      if (!source) throw refused('unknownMessage')
      interaction.originalId = source.id
      const options = { flags: editFlags, fileLimit: fileLimitOf(world, channel), before: source }
      changeMessage(
        world,
        channel,
        source,
        within(() => takeMessage(given, options)),
      )
      return source
    }
    case Kind.ApplicationCommandAutocompleteResult:
      interaction.choices = parseForm(choices, given.body ?? {}, ['data']).choices.map(({ name, value }) => ({
        name,
        value,
      }))
      return undefined
    case Kind.Modal:
      interaction.modal = takeModal(given.body)
      return undefined
    default:
      return undefined
  }
}

const checked = (world: World, channel: Channel, given: { body: unknown; files: readonly Upload[] }) =>
  within(() => takeMessage(given, { flags: answerFlags, fileLimit: fileLimitOf(world, channel) }))

/** Faults of an answer's message stand under `data`. */
function within<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal && error.fields.errors) {
      throw new Refusal(error.status, error.code, error.message, { errors: { data: error.fields.errors } })
    }
    throw error
  }
}

export function sourceOf(world: World, interaction: Interaction): Message | undefined {
  const channel = world.channels.get(interaction.channelId)
  return channel?.messages.find((each) => each.id === interaction.sourceMessageId)
}

export function answerWith(world: World, interaction: Interaction, draft: Draft): Message {
  const channel = need(world.channels.get(interaction.channelId), 'channel')
  const isEphemeral = interaction.forcedEphemeral || (draft.flags & MessageFlags.Ephemeral) !== 0
  const isFollowUp = interaction.originalId !== undefined
  const pressed =
    interaction.type === InteractionType.MessageComponent ? interaction.sourceMessageId : undefined
  const source = isFollowUp ? interaction.originalId : pressed
  const message = putMessage(
    world,
    channel,
    {
      ...draft,
      flags: isEphemeral ? draft.flags | MessageFlags.Ephemeral : draft.flags,
      reference: source === undefined ? undefined : { message_id: source, channel_id: channel.id },
    },
    {
      authorId: world.botId,
      interaction,
      onlyFor: isEphemeral ? interaction.userId : undefined,
      ...(isFollowUp ? {} : typeOf(interaction)),
    },
  )
  interaction.originalId ??= message.id
  return message
}

function typeOf(interaction: Interaction): { type?: MessageType } {
  if (interaction.type !== InteractionType.ApplicationCommand) return {}
  return {
    type: interaction.commandType === 1 ? MessageType.ChatInputCommand : MessageType.ContextMenuCommand,
  }
}

const deferral = z.object({ flags: z.number().int().optional() })

/** "is thinking …": a message without anything, until it is edited. */
function think(world: World, interaction: Interaction, given: unknown): Message {
  const flags = (parseForm(deferral, given ?? {}, ['data']).flags ?? 0) & MessageFlags.Ephemeral
  const message = answerWith(world, interaction, {
    content: '',
    embeds: [],
    components: [],
    flags: flags | MessageFlags.Loading,
    kept: [],
    uploads: [],
    allowed: undefined,
    nonce: undefined,
    enforceNonce: false,
    reference: undefined,
    touches: false,
  })
  return message
}
