import { z } from 'zod'

/** Text of at least one character; Slack counts as JavaScript does. */
export function text(max: number) {
  return z
    .string('must be a string')
    .min(1, 'must be more than 0 characters')
    .max(max, `must be less than ${max + 1} characters`)
}

export const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() })

const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() })

export const textObject = (max: number) => z.discriminatedUnion('type', [plain(max), mrkdwn(max)])

export const mrkdwnObject = mrkdwn

export const list = <Item extends z.ZodType>(item: Item, max: number) =>
  z.array(item).min(1, 'no less than 1 items allowed').max(max, `no more than ${max} items allowed`)

export const blockId = text(255).optional()
export const actionId = text(255)
export const address = text(3000).regex(/^(https?|mailto|slack):/, 'invalid url')

export const confirm = z.strictObject({
  title: plain(100).optional(),
  text: textObject(300),
  confirm: plain(30).optional(),
  deny: plain(30).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})
