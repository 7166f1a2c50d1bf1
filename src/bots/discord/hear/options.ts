import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIApplicationCommandInteractionDataOption,
  ApplicationCommandOptionType,
} from 'discord.js'

/** What was typed behind `/loom`: which verb, with what. */
export interface Typed {
  /** `stop`, or `schedules pause` in a group. */
  verb: string
  texts: Readonly<Record<string, string>>
  /** Ids of files, in the order of their options. */
  files: readonly string[]
  /** The option in which somebody is typing. */
  focused: string | undefined
}

type Option = APIApplicationCommandInteractionDataOption

export function typedOf(options: readonly Option[] | undefined): Typed {
  const [first] = options ?? []
  if (first?.type === ApplicationCommandOptionType.SubcommandGroup) {
    const [inner] = first.options
    return { ...valuesOf(inner?.options), verb: `${first.name} ${inner?.name ?? ''}`.trim() }
  }
  if (first?.type === ApplicationCommandOptionType.Subcommand) {
    return { ...valuesOf(first.options), verb: first.name }
  }
  return { ...valuesOf([]), verb: '' }
}

function valuesOf(
  options: readonly APIApplicationCommandInteractionDataBasicOption[] = [],
): Omit<Typed, 'verb'> {
  const files = options.filter(({ type }) => type === ApplicationCommandOptionType.Attachment)
  const others = options.filter((option) => !files.includes(option))
  return {
    texts: Object.fromEntries(others.map(({ name, value }) => [name, String(value)])),
    files: files
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
      .map(({ value }) => String(value)),
    focused: others.find((option) => 'focused' in option && option.focused === true)?.name,
  }
}
