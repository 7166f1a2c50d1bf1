import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APISectionComponent,
  type APISeparatorComponent,
  type APITextDisplayComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js'
import { shortened } from '../../words/cut.ts'
import { customId, type Pressed } from '../custom-id.ts'
import { discordLine } from './harmless.ts'
import { limits } from './limits.ts'

/** A text of Discord's Markdown: whatever is from outside in it was escaped before. */
export function textDisplay(content: string): APITextDisplayComponent {
  return { type: ComponentType.TextDisplay, content }
}

const styles = {
  plain: ButtonStyle.Secondary,
  primary: ButtonStyle.Primary,
  good: ButtonStyle.Success,
  bad: ButtonStyle.Danger,
} as const

/** A label is plain text: nothing in it is markup. */
export function button(input: {
  label: string
  press: Pressed
  style?: keyof typeof styles
}): APIButtonComponent {
  return {
    type: ComponentType.Button,
    style: styles[input.style ?? 'plain'],
    label: labelOf(input.label),
    custom_id: customId(input.press),
  }
}

export function labelOf(text: string, most: number = limits.label): string {
  return shortened(discordLine(text), most) || '…'
}

/** Buttons in rows of five. */
export function rowsOf(buttons: readonly APIButtonComponent[]): APIActionRowComponent<APIButtonComponent>[] {
  const count = Math.ceil(buttons.length / limits.buttonsPerRow)
  return Array.from({ length: count }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: buttons.slice(row * limits.buttonsPerRow, (row + 1) * limits.buttonsPerRow),
  }))
}

/** Text with a button at its side. */
export function section(content: string, accessory: APIButtonComponent): APISectionComponent {
  return { type: ComponentType.Section, components: [textDisplay(content)], accessory }
}

export function separator(): APISeparatorComponent {
  return { type: ComponentType.Separator, divider: true }
}

/** All texts of components, from top to bottom, as they were written for Discord. */
export function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  const own = 'content' in value && typeof value.content === 'string' ? [value.content] : []
  return [...own, ...Object.values(value).flatMap(textsIn)]
}
