import { ApplicationCommandType, ApplicationCommandOptionType as Kind } from 'discord.js'
import { z } from 'zod'
import { badForm } from '../api/refusal.ts'
import { fault, parseForm } from './form.ts'

const chatName = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]+$/u)
  .refine((name) => name === name.toLowerCase(), {
    message: 'Command name is invalid',
    params: { code: 'APPLICATION_COMMAND_INVALID_NAME' },
  })
const description = z.string().min(1).max(100)
const localizations = z.record(z.string(), z.string().nullable()).nullish()
const texts = { name_localizations: localizations, description_localizations: localizations }

const choice = z.strictObject({
  name: z.string().min(1).max(100),
  name_localizations: localizations,
  value: z.union([z.string().max(100), z.number()]),
})

export interface CommandOption {
  type: number
  name: string
  description: string
  required?: boolean
  choices?: { name: string; value: string | number }[]
  options?: CommandOption[]
  autocomplete?: boolean
  min_value?: number
  max_value?: number
  min_length?: number
  max_length?: number
}

const option: z.ZodType<CommandOption> = z
  .strictObject({
    type: z.enum(Kind),
    name: chatName,
    description,
    ...texts,
    required: z.boolean().optional(),
    choices: z.array(choice).max(25).optional(),
    get options() {
      return z.array(option).max(25).optional()
    },
    channel_types: z.array(z.number().int()).optional(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
    min_length: z.number().int().min(0).max(6000).optional(),
    max_length: z.number().int().min(1).max(6000).optional(),
    autocomplete: z.boolean().optional(),
  })
  .superRefine((given, context) => {
    if (given.autocomplete && given.choices?.length) {
      context.addIssue(
        fault(
          'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES',
          'Autocomplete and choices exclude each other',
        ),
      )
    }
    const takesChoices = [Kind.String, Kind.Integer, Kind.Number].includes(given.type)
    if (given.choices?.length && !takesChoices) {
      context.addIssue(
        fault('APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID_TYPE', 'This type has no choices', ['choices']),
      )
    }
    const values = (given.choices ?? []).map(({ value }) => value)
    if (new Set(values).size !== values.length) {
      context.addIssue(
        fault('APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_DUPLICATE', 'Choice values are unique', ['choices']),
      )
    }
    const isNested = given.type === Kind.Subcommand || given.type === Kind.SubcommandGroup
    if (given.options?.length && !isNested) {
      context.addIssue(
        fault('APPLICATION_COMMAND_OPTIONS_NESTED', 'Only sub commands have options', ['options']),
      )
    }
    for (const inner of given.options ?? []) {
      const isGood = given.type === Kind.SubcommandGroup ? inner.type === Kind.Subcommand : inner.type > 2
      if (!isGood)
        context.addIssue(
          fault('APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'This option does not go here', ['options']),
        )
    }
    orderFaults(given.options as CommandOption[] | undefined, (each) => context.addIssue(each))
  }) as z.ZodType<CommandOption>

/** Required options stand first, and every name stands once. */
function orderFaults(options: readonly CommandOption[] = [], add: (issue: ReturnType<typeof fault>) => void) {
  options.forEach((each, index) => {
    const before = options.slice(0, index)
    if (each.required && before.some((one) => !one.required)) {
      const message = 'Required options must be placed before non-required options'
      add(fault('APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', message, ['options', index]))
    }
    if (before.some((one) => one.name === each.name)) {
      add(
        fault('APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE', 'Option names are unique', [
          'options',
          index,
          'name',
        ]),
      )
    }
  })
}

const shared = {
  id: z.string().optional(),
  ...texts,
  default_member_permissions: z.string().regex(/^\d+$/).nullish(),
  dm_permission: z.boolean().nullish(),
  nsfw: z.boolean().optional(),
  contexts: z.array(z.union([z.literal(0), z.literal(1), z.literal(2)])).nullish(),
  integration_types: z
    .array(z.union([z.literal(0), z.literal(1)]))
    .min(1)
    .nullish(),
}

const chat = z
  .strictObject({
    type: z.literal(ApplicationCommandType.ChatInput),
    name: chatName,
    description,
    options: z.array(option).max(25).nullish(),
    ...shared,
  })
  .superRefine(({ description: text, name, options }, context) => {
    const all = options ?? []
    const nested = all.filter(({ type }) => type <= 2).length
    if (nested > 0 && nested < all.length) {
      const message =
        'Sub-command and sub-command group option types are mutually exclusive to all other types'
      context.addIssue(fault('APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', message, ['options']))
    }
    orderFaults(all, (each) => context.addIssue(each))
    if (name.length + text.length + all.reduce((sum, each) => sum + sizeOf(each), 0) > 8000) {
      context.addIssue(fault('APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)'))
    }
  })

function sizeOf(given: CommandOption): number {
  const choices = (given.choices ?? []).reduce(
    (sum, { name, value }) => sum + name.length + String(value).length,
    0,
  )
  const inner = (given.options ?? []).reduce((sum, each) => sum + sizeOf(each), 0)
  return given.name.length + given.description.length + choices + inner
}

const menu = z.strictObject({
  type: z.union([z.literal(ApplicationCommandType.User), z.literal(ApplicationCommandType.Message)]),
  name: z.string().min(1).max(32),
  description: z.literal('').nullish(),
  options: z.array(z.never()).nullish(),
  ...shared,
})

export type TakenCommand = z.output<typeof chat> | z.output<typeof menu>

/** How many of a kind an application has, for all servers and for each. */
export const mostCommands: Record<number, number> = { 1: 100, 2: 15, 3: 15 }

export function takeCommand(given: unknown, at: readonly PropertyKey[] = []): TakenCommand {
  const type = (given as { type?: unknown } | null)?.type ?? ApplicationCommandType.ChatInput
  const whole = { ...(given as object), type }
  return type === ApplicationCommandType.ChatInput ? parseForm(chat, whole, at) : parseForm(menu, whole, at)
}

/** A whole list at once; two of one kind cannot have one name. */
export function takeCommands(given: unknown): TakenCommand[] {
  const taken = parseForm(z.array(z.unknown()), given).map((each, index) => takeCommand(each, [index]))
  taken.forEach((each, index) => {
    const isTwice = taken.slice(0, index).some((one) => one.name === each.name && one.type === each.type)
    if (!isTwice) return
    const message = 'Application command names must be unique'
    throw badForm([{ path: [index], code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message }])
  })
  return taken
}
