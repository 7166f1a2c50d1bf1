import {
  type APIApplicationCommandInteraction,
  type APIInteraction,
  ApplicationCommandType,
  InteractionType,
} from 'discord.js'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import type { Answering } from './answering.ts'
import { hearBrief } from './brief.ts'
import { runTyped } from './command.ts'
import { commandNames } from './commands.ts'
import { hearTyping } from './complete.ts'
import type { HearDeps } from './deps.ts'
import { typedOf } from './options.ts'
import { type Outcome, show } from './outcome.ts'
import { runPressed } from './press.ts'
import { runSent } from './submit.ts'
import { takeForm } from './take-message.ts'
import { plain } from './words.ts'

export interface Heard {
  /** Verified: it came over the bot's own Gateway, or its signature was checked. */
  interaction: APIInteraction
  answering: Answering
}

/**
 * Takes one interaction of a person: what was typed behind `/loom`, pressed, chosen or filled in. Ends when its effect
 * is durable and it was answered; the same one twice has one effect. Never throws.
 */
export async function hearInteraction(deps: HearDeps, heard: Heard): Promise<void> {
  const { id, type } = heard.interaction
  try {
    deps.log.debug({ interaction: id, type }, 'an interaction was heard')
    await hear(deps, heard)
  } catch (thrown) {
    // Answered already, or too late: somebody else does it, or the person does it again.
    const { detail, kind } = toLoomError(thrown)
    deps.log.warn({ interaction: id, type, kind, detail }, 'an interaction could not be answered')
  }
}

async function hear(deps: HearDeps, { answering, interaction }: Heard): Promise<void> {
  switch (interaction.type) {
    case InteractionType.Ping:
      return
    case InteractionType.ApplicationCommandAutocomplete:
      return hearTyping(deps, { answering, interaction })
    case InteractionType.ApplicationCommand:
      return hearCommand(deps, { answering, interaction })
    case InteractionType.MessageComponent: {
      const work = told(deps, interaction, runPressed(deps, interaction))
      return show(deps, { answering, pressed: true }, work)
    }
    case InteractionType.ModalSubmit: {
      const pressed = interaction.message !== undefined
      return show(deps, { answering, pressed }, told(deps, interaction, runSent(deps, interaction)))
    }
  }
}

async function hearCommand(
  deps: HearDeps,
  { answering, interaction }: { answering: Answering; interaction: APIApplicationCommandInteraction },
): Promise<void> {
  const { data } = interaction
  const run = (work: Promise<Outcome>) =>
    show(deps, { answering, pressed: false }, told(deps, interaction, work))
  if (isMessageCommand(interaction) && data.name === commandNames.take)
    return run(takeForm(deps, interaction))
  if (!isTyped(interaction) || data.name !== commandNames.loom) return run(Promise.reject(unknown()))
  const typed = typedOf(interaction.data.options)
  if (typed.verb === 'brief') return hearBrief(deps, { answering, interaction, typed })
  return run(runTyped(deps, { interaction, typed }))
}

type Command<Type extends ApplicationCommandType> = Extract<
  APIApplicationCommandInteraction,
  { data: { type: Type } }
>

function isTyped(
  interaction: APIApplicationCommandInteraction,
): interaction is Command<ApplicationCommandType.ChatInput> {
  return interaction.data.type === ApplicationCommandType.ChatInput
}

function isMessageCommand(
  interaction: APIApplicationCommandInteraction,
): interaction is Command<ApplicationCommandType.Message> {
  return interaction.data.type === ApplicationCommandType.Message
}

function unknown(): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message: 'Loom does not know that command. /loom help names them.',
  })
}

/** What an interaction comes to; what went wrong is told to who did it. */
function told(deps: HearDeps, { id, type }: APIInteraction, work: Promise<Outcome>): Promise<Outcome> {
  return work.catch((thrown: unknown) => ({
    kind: 'words',
    messages: plain(sentenceOf(deps, thrown, { interaction: id, type })),
  }))
}
