import { z } from 'zod'
import { snowflake } from '../snowflake.ts'

/** What is read of Discord's messages, from the Gateway, from its API and from interactions alike. */

const word = z.string().nullish()

export const personShape = z.object({
  id: snowflake,
  username: z.string().default(''),
  global_name: word,
  bot: z.boolean().optional(),
  member: z.object({ nick: word }).optional(),
})
export type PersonShape = z.infer<typeof personShape>

export const attachmentShape = z.object({
  id: snowflake,
  filename: z.string(),
  size: z.number().optional(),
  url: z.string(),
})
export type AttachmentShape = z.infer<typeof attachmentShape>

const embedShape = z.object({
  type: z.string().default('rich'),
  title: word,
  description: word,
  url: word,
  author: z.object({ name: z.string() }).nullish(),
  fields: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  footer: z.object({ text: z.string() }).nullish(),
})
export type EmbedShape = z.infer<typeof embedShape>

const pollMedia = z.object({ text: word }).nullish()
const pollShape = z.object({
  question: pollMedia,
  answers: z.array(z.object({ poll_media: pollMedia })).default([]),
})

/** The words of a message, which a forwarded one has as well. */
const wordsShape = z.object({
  type: z.number().default(0),
  content: z.string().default(''),
  mentions: z.array(personShape).default([]),
  mention_roles: z.array(snowflake).default([]),
  attachments: z.array(attachmentShape).default([]),
  embeds: z.array(embedShape).default([]),
  components: z.array(z.unknown()).default([]),
  sticker_items: z.array(z.object({ name: z.string() })).default([]),
  poll: pollShape.nullish(),
})
export type WordsShape = z.infer<typeof wordsShape>

const plainShape = wordsShape.extend({
  id: snowflake,
  channel_id: snowflake,
  guild_id: snowflake.optional(),
  author: personShape,
  member: z.object({ nick: word }).optional(),
  edited_timestamp: word,
  webhook_id: snowflake.optional(),
  application_id: snowflake.nullish(),
  message_reference: z
    .object({ channel_id: snowflake.optional(), message_id: snowflake.optional() })
    .nullish(),
  message_snapshots: z.array(z.object({ message: wordsShape })).default([]),
})
export type PlainMessage = z.infer<typeof plainShape>

export const messageShape = plainShape.extend({
  /** What it answers, or what its thread began with; nothing where that was deleted. */
  referenced_message: plainShape.nullish().catch(undefined),
})
export type DiscordMessage = z.infer<typeof messageShape>

export const messagesShape = z
  .array(messageShape.nullable().catch(null))
  .transform((found) => found.filter((message) => message !== null))
