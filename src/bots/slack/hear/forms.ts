import type { types } from '@slack/bolt'
import { z } from 'zod'
import { recordOf, textOf } from '../read/loose.ts'
import { plainText } from '../render/elements.ts'

/** What the forms of Loom are called, and how they carry along what they are about. */
export const forms = {
  cap: 'loom_cap',
  answer: 'loom_answer',
  take: 'loom_take',
  settings: 'loom_settings',
} as const

const about = z.object({
  j: z.uuid().optional(),
  q: z.uuid().optional(),
  channel: z.string().max(40).optional(),
  threadTs: z.string().max(40).optional(),
  ts: z.string().max(40).optional(),
})
export type About = z.infer<typeof about>

export function writeAbout(of: About): string {
  return JSON.stringify(of)
}

export function readAbout(metadata: string): About {
  try {
    return about.parse(JSON.parse(metadata))
  } catch {
    return {}
  }
}

export function form(input: {
  callbackId?: string
  title: string
  submit?: string
  about: About
  blocks: types.AnyBlock[]
}): types.ModalView {
  return {
    type: 'modal',
    title: plainText(input.title),
    close: plainText(input.submit === undefined ? 'Close' : 'Cancel'),
    blocks: input.blocks,
    private_metadata: writeAbout(input.about),
    ...(input.callbackId === undefined ? {} : { callback_id: input.callbackId }),
    ...(input.submit === undefined ? {} : { submit: plainText(input.submit) }),
  }
}

/** A line to write in; its block goes by the same name. */
export function textField(input: {
  name: string
  label: string
  hint?: string
  initial?: string
  lines?: boolean
  optional?: boolean
  most: number
}): types.InputBlock {
  const { hint, initial, label, lines = false, most, name, optional = false } = input
  return {
    type: 'input',
    block_id: name,
    label: plainText(label),
    optional,
    element: {
      type: 'plain_text_input',
      action_id: name,
      multiline: lines,
      max_length: most,
      ...(initial === undefined || initial === '' ? {} : { initial_value: initial }),
    },
    ...(hint === undefined ? {} : { hint: plainText(hint) }),
  }
}

/** What stands in one field of a form that was sent. */
export function fieldOf(values: unknown, name: string): Readonly<Record<string, unknown>> {
  return recordOf(recordOf(recordOf(values)[name])[name])
}

export function textIn(values: unknown, name: string): string {
  return textOf(fieldOf(values, name).value)
}
