import { ButtonStyle, ComponentType } from 'discord.js'
import { z } from 'zod'
import { fault } from './form.ts'

const id = z.number().int().min(0).optional()
const customId = z.string().min(1).max(100)
const snowflake = z.string().regex(/^\d+$/)
const emoji = z.object({
  id: snowflake.nullish(),
  name: z.string().nullish(),
  animated: z.boolean().optional(),
})
const media = z.looseObject({ url: z.string().min(1).max(2048) })

const button = z
  .strictObject({
    type: z.literal(ComponentType.Button),
    id,
    style: z.enum(ButtonStyle),
    label: z.string().max(80).nullish(),
    emoji: emoji.nullish(),
    custom_id: customId.nullish(),
    url: z.string().max(512).nullish(),
    sku_id: snowflake.nullish(),
    disabled: z.boolean().nullish(),
  })
  .superRefine((given, context) => {
    if (given.style === ButtonStyle.Premium) return
    const isLink = given.style === ButtonStyle.Link
    if (isLink && !given.url) context.addIssue(fault('BASE_TYPE_REQUIRED', 'This field is required', ['url']))
    if (isLink && given.url && !/^(https?|discord):\/\//.test(given.url)) {
      context.addIssue(fault('URL_TYPE_INVALID_URL', 'Not a well formed URL.', ['url']))
    }
    if (!isLink && !given.custom_id) {
      context.addIssue(fault('BASE_TYPE_REQUIRED', 'This field is required', ['custom_id']))
    }
    if (given.custom_id && given.url) {
      context.addIssue(
        fault(
          'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
          'A custom id and url cannot both be specified',
        ),
      )
    }
    if (!given.label && !given.emoji) {
      context.addIssue(
        fault('BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED', 'A button needs a label or an emoji'),
      )
    }
  })

const select = {
  id,
  custom_id: customId,
  placeholder: z.string().max(150).nullish(),
  min_values: z.number().int().min(0).max(25).nullish(),
  max_values: z.number().int().min(1).max(25).nullish(),
  disabled: z.boolean().nullish(),
  required: z.boolean().nullish(),
}

const option = z.strictObject({
  label: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().max(100).nullish(),
  emoji: emoji.nullish(),
  default: z.boolean().optional(),
})

export const stringSelect = z
  .strictObject({
    type: z.literal(ComponentType.StringSelect),
    ...select,
    options: z.array(option).min(1).max(25),
  })
  .superRefine(({ max_values, options }, context) => {
    options.forEach(({ value }, index) => {
      if (options.findIndex((each) => each.value === value) === index) return
      const path = ['options', index, 'value']
      context.addIssue(
        fault('SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', 'The specified option value is already used', path),
      )
    })
    if (options.filter((each) => each.default).length > (max_values ?? 1)) {
      context.addIssue(
        fault('SELECT_COMPONENT_TOO_MANY_DEFAULTS', 'More options are chosen than may be', ['options']),
      )
    }
  })

const chosen = z.array(z.strictObject({ id: snowflake, type: z.enum(['user', 'role', 'channel']) })).max(25)
const autoSelect = (type: ComponentType) =>
  z.strictObject({ type: z.literal(type), ...select, default_values: chosen.nullish() })

export const selects = [
  stringSelect,
  autoSelect(ComponentType.UserSelect),
  autoSelect(ComponentType.RoleSelect),
  autoSelect(ComponentType.MentionableSelect),
  z.strictObject({
    type: z.literal(ComponentType.ChannelSelect),
    ...select,
    channel_types: z.array(z.number().int()).nullish(),
    default_values: chosen.nullish(),
  }),
] as const

const row = z
  .strictObject({
    type: z.literal(ComponentType.ActionRow),
    id,
    components: z
      .array(z.discriminatedUnion('type', [button, ...selects]))
      .min(1)
      .max(5),
  })
  .superRefine(({ components }, context) => {
    const isWide = components.some((each) => each.type !== ComponentType.Button) && components.length > 1
    if (!isWide) return
    const path = ['components', 1]
    context.addIssue(
      fault('COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'The specified component exceeds the maximum width', path),
    )
  })

export const textDisplay = z.strictObject({
  type: z.literal(ComponentType.TextDisplay),
  id,
  content: z.string().min(1).max(4000),
})

const thumbnail = z.strictObject({
  type: z.literal(ComponentType.Thumbnail),
  id,
  media,
  description: z.string().max(1024).nullish(),
  spoiler: z.boolean().optional(),
})

const inner = [
  row,
  textDisplay,
  z.strictObject({
    type: z.literal(ComponentType.Section),
    id,
    components: z.array(textDisplay).min(1).max(3),
    accessory: z.discriminatedUnion('type', [button, thumbnail]),
  }),
  z.strictObject({
    type: z.literal(ComponentType.MediaGallery),
    id,
    items: z
      .array(
        z.strictObject({
          media,
          description: z.string().max(1024).nullish(),
          spoiler: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(10),
  }),
  z.strictObject({
    type: z.literal(ComponentType.File),
    id,
    file: media,
    spoiler: z.boolean().optional(),
    name: z.string().optional(),
    size: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal(ComponentType.Separator),
    id,
    divider: z.boolean().optional(),
    spacing: z.union([z.literal(1), z.literal(2)]).optional(),
  }),
] as const

const container = z.strictObject({
  type: z.literal(ComponentType.Container),
  id,
  components: z.array(z.discriminatedUnion('type', inner)).min(1).max(40),
  accent_color: z.number().int().min(0).max(0xffffff).nullish(),
  spoiler: z.boolean().optional(),
})

/** What a message without Components V2 may have. */
export const legacy = z.array(z.discriminatedUnion('type', [row])).max(5)
/** What stands at the top of a message of Components V2. */
export const second = z.array(z.discriminatedUnion('type', [...inner, container])).max(40)
