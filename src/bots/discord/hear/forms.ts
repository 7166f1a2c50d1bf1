import {
  type APIComponentInLabel,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmission,
  type APITextDisplayComponent,
  ComponentType,
  type ModalSubmitComponent,
  TextInputStyle,
} from 'discord.js'
import { shortened } from '../../words/cut.ts'
import { plain } from './words.ts'

/** What Discord takes. */
const most = { title: 45, label: 45, hint: 100, text: 4_000 }

export function form(input: {
  customId: string
  title: string
  fields: readonly (APILabelComponent | APITextDisplayComponent)[]
}): APIModalInteractionResponseCallbackData {
  const { customId, fields, title } = input
  return { custom_id: customId, title: shortened(title, most.title), components: [...fields] }
}

/** One thing to fill in; what it is called names it when it comes back. */
export function field(input: {
  label: string
  hint?: string | undefined
  component: APIComponentInLabel
}): APILabelComponent {
  const { component, hint, label } = input
  return {
    type: ComponentType.Label,
    label: shortened(label, most.label),
    component,
    ...(hint === undefined ? {} : { description: shortened(hint, most.hint) }),
  }
}

/** Words above what is to be filled in. */
export function noteField(text: string): APITextDisplayComponent {
  return { type: ComponentType.TextDisplay, content: plain(text)[0]?.content ?? '…' }
}

export function textField(input: {
  name: string
  label: string
  hint?: string
  initial?: string
  lines?: boolean
  optional?: boolean
  most?: number
}): APILabelComponent {
  const { hint, initial, label, lines = false, name, optional = false } = input
  return field({
    ...{ label, hint },
    component: {
      type: ComponentType.TextInput,
      custom_id: name,
      style: lines ? TextInputStyle.Paragraph : TextInputStyle.Short,
      required: !optional,
      max_length: input.most ?? most.text,
      ...(initial === undefined || initial === '' ? {} : { value: initial.slice(0, most.text) }),
    },
  })
}

/** What was filled in, by the names of the fields. A client sent it. */
export interface Filled {
  text(name: string): string
  chosen(name: string): readonly string[]
}

export function filledOf({ components }: Pick<APIModalSubmission, 'components'>): Filled {
  const all = components.flatMap((part): ModalSubmitComponent[] => {
    if ('component' in part) return [part.component]
    return 'components' in part ? part.components : []
  })
  const find = (name: string) => all.find(({ custom_id: id }) => id === name)
  return {
    text: (name) => {
      const found = find(name)
      return found && 'value' in found && typeof found.value === 'string' ? found.value : ''
    },
    chosen: (name) => {
      const found = find(name)
      return found && 'values' in found ? found.values.filter((value) => typeof value === 'string') : []
    },
  }
}
