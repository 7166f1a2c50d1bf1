import type {
  APIApplicationCommandOptionChoice,
  APIInteractionResponseCallbackData,
  APIModalInteractionResponseCallbackData,
} from 'discord.js'

/** A message as it answers an interaction. Whoever sends it names nobody: no mention in it pings. */
export type Said = Pick<
  APIInteractionResponseCallbackData,
  'content' | 'components' | 'embeds' | 'flags' | 'attachments'
>

/** The message that stands for an answer: where a thread can begin. */
export interface Shown {
  messageId: string
}

/**
 * The ways to answer one interaction: one of the first six once, within three seconds of it, then the last two for
 * fifteen minutes. Each throws `LoomError`: `conflict` where the interaction was answered already (40060), `not_found`
 * where it is no longer known to Discord (10062), `unavailable` and `rate_limited` for what passes.
 */
export interface Answering {
  /** Says that an answer is coming. Answers which message will hold it, so that a thread can hang on it. */
  defer(how: { ephemeral: boolean }): Promise<Shown>
  reply(message: Said, how: { ephemeral: boolean }): Promise<Shown>
  /** Takes a press without saying anything. */
  deferUpdate(): Promise<void>
  /** Changes the message that was pressed. */
  update(message: Said): Promise<void>
  autocomplete(choices: readonly APIApplicationCommandOptionChoice<string>[]): Promise<void>
  modal(modal: APIModalInteractionResponseCallbackData): Promise<void>
  /** After `defer`: the answer. After `deferUpdate`: the message that was pressed. */
  edit(message: Said): Promise<void>
  /** One more message, for as long as the interaction lives. */
  followUp(message: Said, how: { ephemeral: boolean }): Promise<void>
}
