import { ButtonStyle, ComponentType } from 'discord.js'
import { z } from 'zod'
import { badForm, type FormFault } from '../api/refusal.ts'
import type { Component } from '../world.ts'
import { fault, parseForm } from './form.ts'

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

const legacy = z.array(z.discriminatedUnion('type', [row])).max(5)
const second = z.array(z.discriminatedUnion('type', [...inner, container])).max(40)

/** Every component with the place where it stands, from the outside in. */
export function everyComponent(
  components: readonly Component[],
  at: readonly PropertyKey[] = ['components'],
): { component: Component; path: readonly PropertyKey[] }[] {
  return components.flatMap((component, index) => {
    const path = [...at, index]
    const accessory = component.accessory
      ? [{ component: component.accessory, path: [...path, 'accessory'] }]
      : []
    const labelled = component.component
      ? [{ component: component.component, path: [...path, 'component'] }]
      : []
    return [
      { component, path },
      ...everyComponent(component.components ?? [], [...path, 'components']),
      ...accessory,
      ...labelled,
    ]
  })
}

/** Components as a message may have them, each with an id. `files` are the names that `attachment://` can mean. */
export function takeComponents(
  given: unknown,
  options: { isSecond: boolean; files: readonly string[] },
): Component[] {
  const taken = parseForm(options.isSecond ? second : legacy, given, ['components']) as Component[]
  const all = everyComponent(taken)
  const faults = [...totals(all), ...duplicates(all), ...strangeFiles(all, options.files)]
  if (faults.length > 0) throw badForm(faults)
  return numbered(taken)
}

type Placed = ReturnType<typeof everyComponent>

function totals(all: Placed): FormFault[] {
  const path = ['components']
  const text = all.reduce((sum, { component }) => sum + textLength(component), 0)
  return [
    ...(all.length > 40
      ? [
          {
            path,
            code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
            message: 'The maximum number of components in a message is 40',
          },
        ]
      : []),
    ...(text > 4000
      ? [
          {
            path,
            code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
            message: 'The maximum number of characters that a message can show is 4000',
          },
        ]
      : []),
  ]
}

const textLength = ({ content, type }: Component) =>
  type === ComponentType.TextDisplay && typeof content === 'string' ? content.length : 0

export function duplicates(all: Placed): FormFault[] {
  const customIds = all.flatMap(({ component, path }) =>
    component.custom_id ? [{ path, value: component.custom_id }] : [],
  )
  const ids = all.flatMap(({ component, path }) => (component.id ? [{ path, value: component.id }] : []))
  return [
    ...repeated(customIds).map(({ path }) => ({
      path: [...path, 'custom_id'],
      code: 'COMPONENT_CUSTOM_ID_DUPLICATED',
      message: 'Component custom id cannot be duplicated',
    })),
    ...repeated(ids).map(({ path }) => ({
      path: [...path, 'id'],
      code: 'COMPONENT_ID_DUPLICATED',
      message: 'Component id cannot be duplicated',
    })),
  ]
}

function repeated<Value>(all: { path: readonly PropertyKey[]; value: Value }[]) {
  return all.filter(({ value }, index) => all.findIndex((each) => each.value === value) !== index)
}

function strangeFiles(all: Placed, files: readonly string[]): FormFault[] {
  return all.flatMap(({ component, path }) =>
    mediaOf(component).flatMap(({ at, url }) => {
      const isOwn = url.startsWith('attachment://')
      const name = url.slice('attachment://'.length)
      if (isOwn && files.includes(name)) return []
      if (!isOwn && component.type !== ComponentType.File && /^https?:\/\//.test(url)) return []
      return [
        {
          path: [...path, ...at, 'url'],
          code: isOwn
            ? 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND'
            : 'UNFURLED_MEDIA_ITEM_INVALID_URL',
          message: isOwn ? 'The referenced attachment was not found' : 'Only attachment:// goes here',
        },
      ]
    }),
  )
}

/** The addresses of files and pictures that a component shows. */
export function mediaOf(component: Component): { at: PropertyKey[]; url: string }[] {
  const addressOf = (value: unknown) => String((value as { url?: unknown } | undefined)?.url ?? '')
  if (component.type === ComponentType.File) return [{ at: ['file'], url: addressOf(component.file) }]
  if (component.type === ComponentType.Thumbnail) return [{ at: ['media'], url: addressOf(component.media) }]
  if (component.type !== ComponentType.MediaGallery) return []
  return (component.items as { media: unknown }[]).map((item, index) => ({
    at: ['items', index, 'media'],
    url: addressOf(item.media),
  }))
}

/** Discord numbers the components that have no id of their own. */
export function numbered(components: Component[]): Component[] {
  const all = everyComponent(components).map(({ component }) => component)
  const taken = new Set(all.flatMap((each) => (each.id ? [each.id] : [])))
  let next = 1
  for (const each of all) {
    if (each.id) continue
    while (taken.has(next)) next += 1
    taken.add(next)
    each.id = next
  }
  return components
}
