import { z } from 'zod'
import { address, blockId, text } from './text.ts'

const style = z
  .strictObject({
    bold: z.boolean(),
    code: z.boolean(),
    italic: z.boolean(),
    strike: z.boolean(),
    underline: z.boolean(),
  })
  .partial()
  .optional()

const run = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style })
const link = z.strictObject({
  type: z.literal('link'),
  url: address,
  text: z.string().optional(),
  unsafe: z.boolean().optional(),
  style,
})

const element = z.discriminatedUnion('type', [
  run,
  link,
  z.strictObject({ type: z.literal('user'), user_id: z.string().regex(/^[UW][A-Z0-9]+$/), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string().regex(/^[CDG][A-Z0-9]+$/), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().regex(/^S[A-Z0-9]+$/), style }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({
    type: z.literal('emoji'),
    name: z.string().min(1),
    unicode: z.string().optional(),
    url: z.string().optional(),
    style,
  }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.number().int(),
    format: text(255),
    url: address.optional(),
    fallback: z.string().optional(),
    style,
  }),
  z.strictObject({ type: z.literal('color'), value: z.string(), style }),
])

const section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(element) })
const border = z.union([z.literal(0), z.literal(1)]).optional()

export const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: blockId,
  elements: z
    .array(
      z.discriminatedUnion('type', [
        section,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          indent: z.number().int().min(0).max(8).optional(),
          offset: z.number().int().min(0).optional(),
          border,
          elements: z.array(section).min(1, 'no less than 1 items allowed'),
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), border, elements: z.array(element) }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          border,
          language: z.string().optional(),
          elements: z.array(z.discriminatedUnion('type', [run, link])),
        }),
      ]),
    )
    .min(1, 'no less than 1 items allowed'),
})

/** One cell of a table. */
export const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1, 'must be more than 0 characters') }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1).optional() }),
  richText,
])
