import { z } from 'zod'

/**
 * What an installation of a chat platform is set to. Channels are the platform's ids; money is in micro-dollars.
 * Stored as JSON without content; what is missing has the default.
 */
export const installationSettings = z.object({
  /** The only channels in which Loom works; all that it was invited to without it. Direct messages always. */
  channels: z.array(z.string()).optional(),
  /** What a channel may spend in a day. */
  channelDayCapMicroUsd: z.record(z.string(), z.number().int().nonnegative()).default({}),
  /** Channels shared with other organisations in which an admin agreed to have Loom. */
  externalChannels: z.array(z.string()).default([]),
  /** Channels in which a message of a bot can be an order. */
  botChannels: z.array(z.string()).default([]),
  /** The reaction that means "take this thread", without colons. */
  reaction: z.string().default('thread'),
  /** Whether a link to a file opens only for a person who is signed in. */
  linksNeedSignIn: z.boolean().default(false),
  /** When the first thread was told how data is used and what the cap is. */
  informedAtMs: z.number().optional(),
  /** When a thread was told that the platform does not show Loom what is said without calling it. */
  unseenToldAtMs: z.number().optional(),
})
export type InstallationSettings = z.infer<typeof installationSettings>

/** What a chat platform gave us to act with. Sealed; the bot role alone can open it. */
export interface ChatTokens {
  botToken: string
  botUserId: string
  appId: string
}
