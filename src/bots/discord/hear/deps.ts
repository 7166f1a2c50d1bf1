import type { APIInteraction } from 'discord.js'
import type { Desk } from '../../desk/desk.ts'
import type { TakeDeps, TakePlace } from '../../take/came.ts'
import type { Turns } from './turns.ts'

/** Whose an interaction is: a guild's installation, or that of the one person who installed Loom for themselves. */
export interface HearPlace extends TakePlace {
  botUserId: string
  /** Missing where Loom is installed by a person, for wherever they go. */
  guildId?: string | undefined
}

/** What the interactions of Discord are given. */
export interface HearDeps extends Desk, TakeDeps {
  /**
   * The installation that a verified interaction belongs to, by `authorizing_integration_owners` and nothing else in
   * it. Throws `forbidden` with the sentence for the person where Loom is not installed.
   */
  placeOf(interaction: APIInteraction): Promise<HearPlace>
  /** The direct messages of a person with Loom, opened where they are not. Throws `forbidden` where they are closed. */
  openDirect(userId: string): Promise<{ channelId: string }>
  /** Told when settings changed, so that they hold from the next event on. */
  forget(place: HearPlace): void
  /** Whether Discord lets Loom read messages that do not address it (the Message Content intent). */
  readsMessages(): boolean
  /** One for the whole process: what is acknowledged goes before what is done afterwards. */
  turns: Turns
}
