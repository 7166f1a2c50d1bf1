import type { types } from '@slack/bolt'
import { shortened } from '../../words/cut.ts'
import { slackLine } from './harmless.ts'
import { limits } from './limits.ts'

/** The blocks that Loom posts. */
export type SlackBlock =
  | types.RichTextBlock
  | types.HeaderBlock
  | types.TableBlock
  | types.DividerBlock
  | types.ContextBlock
  | types.ActionsBlock
  | types.SectionBlock

export function richText(elements: types.RichTextBlock['elements']): types.RichTextBlock {
  return { type: 'rich_text', elements }
}

export function section(elements: types.RichTextElement[]): types.RichTextSection {
  return { type: 'rich_text_section', elements }
}

/** Small grey lines. Plain text: nothing in it is markup. */
export function context(lines: readonly string[]): types.ContextBlock[] {
  const shown = lines
    .map((line) => shortened(slackLine(line), limits.blockText))
    .filter((line) => line !== '')
  if (shown.length === 0) return []
  return [{ type: 'context', elements: [plainText(shortened(shown.join('\n'), limits.blockText))] }]
}

export function plainText(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false }
}

/** What a pressed button hands back: ids alone, never text. */
export interface ButtonValue {
  /** The job. */
  j: string
  /** The question. */
  q?: string
  /** The approval or the artifact. */
  a?: string
  /** The task of an agent. */
  t?: string | undefined
}

export function button(input: {
  label: string
  action: string
  value: ButtonValue
  style?: 'primary' | 'danger'
}): types.Button {
  return {
    type: 'button',
    text: plainText(shortened(slackLine(input.label), limits.label) || '…'),
    action_id: input.action,
    value: JSON.stringify(input.value),
    ...(input.style ? { style: input.style } : {}),
  }
}

export function actions(buttons: types.Button[]): types.ActionsBlock[] {
  return buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []
}
