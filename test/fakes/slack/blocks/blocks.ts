import { z } from 'zod'
import { button, image, inActions, inContextActions, inInput, inSection } from './elements.ts'
import { cell, richText } from './rich-text.ts'
import { address, blockId, list, mrkdwnObject, plain, text, textObject } from './text.ts'

const base = { block_id: blockId }

const section = z
  .strictObject({
    type: z.literal('section'),
    ...base,
    text: textObject(3000).optional(),
    fields: list(textObject(2000), 10).optional(),
    accessory: inSection.optional(),
    expand: z.boolean().optional(),
  })
  .refine((block) => block.text || block.fields, 'missing required field: text')

const imageBlock = z.strictObject({
  type: z.literal('image'),
  ...base,
  alt_text: text(2000),
  title: plain(2000).optional(),
  image_url: address.optional(),
  slack_file: z.strictObject({ id: z.string(), url: z.string() }).partial().optional(),
})

const inputBlock = z.strictObject({
  type: z.literal('input'),
  ...base,
  label: plain(2000),
  element: inInput,
  hint: plain(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
})

const column = z
  .strictObject({ align: z.enum(['left', 'center', 'right']), is_wrapped: z.boolean() })
  .partial()
  .nullable()

const rows = list(list(cell, 20), 100)
const table = z.strictObject({
  type: z.literal('table'),
  ...base,
  rows,
  column_settings: z.array(column).max(20, 'no more than 20 items allowed').optional(),
})
const dataTable = z.strictObject({
  type: z.literal('data_table'),
  ...base,
  rows,
  caption: text(3000),
  page_size: z.number().int().min(1).max(100).optional(),
  row_header_column_index: z.number().int().min(0).optional(),
})

const source = z.strictObject({ type: z.literal('url'), url: address, text: text(3000) })
const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...base,
  task_id: text(255),
  title: text(3000),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richText.optional(),
  output: richText.optional(),
  sources: z.array(source).optional(),
})

const card = z
  .strictObject({
    type: z.literal('card'),
    ...base,
    hero_image: image.optional(),
    icon: image.optional(),
    title: mrkdwnObject(150).optional(),
    subtitle: mrkdwnObject(150).optional(),
    body: mrkdwnObject(200).optional(),
    actions: list(button, 3).optional(),
  })
  .refine((block) => block.hero_image || block.title || block.actions || block.body, 'an empty card')

/** Every block that the fake takes in, as strict as Slack: another field or type is refused. */
export const block = z.discriminatedUnion('type', [
  section,
  z.strictObject({ type: z.literal('header'), ...base, text: plain(150) }),
  z.strictObject({ type: z.literal('divider'), ...base }),
  z.strictObject({
    type: z.literal('context'),
    ...base,
    elements: list(z.discriminatedUnion('type', [image, ...textObject(3000).options]), 10),
  }),
  z.strictObject({ type: z.literal('actions'), ...base, elements: list(inActions, 25) }),
  z.strictObject({ type: z.literal('context_actions'), ...base, elements: list(inContextActions, 5) }),
  z.strictObject({ type: z.literal('markdown'), ...base, text: text(12_000) }),
  z.strictObject({
    type: z.literal('alert'),
    ...base,
    text: textObject(200),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  z.strictObject({
    type: z.literal('plan'),
    ...base,
    title: text(3000),
    tasks: z.array(taskCard).max(50, 'no more than 50 items allowed').optional(),
  }),
  imageBlock,
  inputBlock,
  richText,
  table,
  dataTable,
  taskCard,
  card,
])

export type KnownBlock = z.infer<typeof block>
