import { InteractionResponseType as Kind } from 'discord.js'
import { renderComponents } from '../read/components.ts'
import { type Shown, shown } from '../read/shown.ts'
import type { Component, Interaction, World } from '../world.ts'

/** How the app answered at first. */
export type Answer = 'message' | 'thinking' | 'nothing yet' | 'change' | 'choices' | 'form'

export interface ShownForm {
  customId: string
  title: string
  /** Labels, descriptions and texts, from top to bottom. */
  text: string
  components: Component[]
}

/** One use of the app, as the person who made it sees what comes of it. */
export type Use = ReturnType<typeof use>

const answers: Record<number, Answer> = {
  [Kind.ChannelMessageWithSource]: 'message',
  [Kind.DeferredChannelMessageWithSource]: 'thinking',
  [Kind.DeferredMessageUpdate]: 'nothing yet',
  [Kind.UpdateMessage]: 'change',
  [Kind.ApplicationCommandAutocompleteResult]: 'choices',
  [Kind.Modal]: 'form',
}

export function use(world: World, interaction: Interaction) {
  const messageBy = (id: string | undefined): Shown | undefined => {
    const found = world.channels.get(interaction.channelId)?.messages.find((each) => each.id === id)
    return found && shown(world, found)
  }
  const original = () => messageBy(interaction.originalId)
  const until = <Found>(look: () => Found | undefined, withinMs = 15_000): Promise<Found> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        interaction.waiting.delete(again)
        settle()
      }
      const again = () => {
        const found = look()
        if (found !== undefined) return end(() => resolve(found))
        if (interaction.failed !== undefined) end(() => reject(new Error(interaction.failed)))
      }
      const timer = setTimeout(() => end(() => reject(new Error('it did not come about'))), withinMs)
      interaction.waiting.add(again)
      again()
    })
  return {
    id: interaction.id,
    /** With everything that the app was sent. */
    interaction,
    /** Resolves when the app has acknowledged; rejects with what the person reads when it does not. */
    answered: (): Promise<Answer> =>
      until(() => (interaction.answered === undefined ? undefined : answers[interaction.answered])),
    /** Resolves with the first message that says something; "is thinking …" does not. */
    finished: (): Promise<Shown> =>
      until(() => {
        const found = original()
        return found && !found.isThinking && interaction.answered !== undefined ? found : undefined
      }),
    /** How long the app took to acknowledge, by Discord's clock. */
    tookMs: (): number | undefined =>
      interaction.answeredAtMs === undefined ? undefined : interaction.answeredAtMs - interaction.createdAtMs,
    /** "The application did not respond", or what Discord refused of an answer by HTTP. */
    failed: (): string | undefined => interaction.failed,
    /** The answer as it stands now: "is thinking …", a message, or the message that was pressed. */
    original,
    followUps: (): Shown[] => interaction.followUpIds.flatMap((id) => messageBy(id) ?? []),
    /** All answers as they stand now, the first one first. */
    sees: (): Shown[] =>
      [interaction.originalId, ...interaction.followUpIds].flatMap((id) => messageBy(id) ?? []),
    choices: () => interaction.choices ?? [],
    form: (): ShownForm | undefined => interaction.modal && shownForm(world, interaction.modal),
  }
}

export function shownForm(world: World, modal: NonNullable<Interaction['modal']>): ShownForm {
  const { components, customId, title } = modal
  return { customId, title, components, text: renderComponents(world, components).text }
}
