import type { APIMessageTopLevelComponent } from 'discord.js'
import type { Unit } from '../../markdown/units.ts'
import { textDisplay } from './elements.ts'
import { limits } from './limits.ts'

/** A piece of text that stays in one message. */
export interface TextPart {
  kind: 'text'
  text: string
  /** What it is, which says how far it stands from what is before it. */
  as: Unit['kind'] | 'heading' | 'small'
  /** It stays with what follows. */
  heads?: boolean
}

export interface ComponentPart {
  kind: 'component'
  component: APIMessageTopLevelComponent
}

export type Part = TextPart | ComponentPart

/** How many components a thing is, with those inside, and how many characters a person sees of it. */
export function weightOf(value: unknown): { components: number; text: number } {
  const sum = { components: 0, text: 0 }
  const look = (each: unknown) => {
    if (Array.isArray(each)) return each.forEach(look)
    if (typeof each !== 'object' || each === null) return
    const { type } = each as { type?: unknown }
    if (typeof type === 'number') sum.components += 1
    for (const [name, inner] of Object.entries(each)) {
      const isSeen = ['content', 'label', 'placeholder', 'description'].includes(name)
      if (typeof inner === 'string') sum.text += isSeen ? inner.length : 0
      else look(inner)
    }
  }
  look(value)
  return sum
}

/**
 * Parts in messages, each under what Discord takes of one, the first of them under `first`. Texts that follow
 * each other are one; a heading stays with what follows it.
 */
export function packMessages(
  parts: readonly Part[],
  { first = limits }: { first?: { text: number; components: number } } = {},
): APIMessageTopLevelComponent[][] {
  const messages: Part[][] = [[]]
  for (const part of parts) {
    const message = messages.at(-1) ?? []
    if (message.length === 0 || fits([...message, part], messages.length === 1 ? first : limits)) {
      message.push(part)
      continue
    }
    const lead = message.slice(message.findLastIndex((each) => each.kind !== 'text' || !each.heads) + 1)
    const carried = fits([...lead, part], limits) ? lead : []
    message.splice(message.length - carried.length)
    messages.push([...carried, part])
  }
  return messages.map(componentsOf).filter((message) => message.length > 0)
}

function fits(parts: readonly Part[], most: { components: number; text: number }): boolean {
  const sum = { components: 0, text: 0 }
  for (const [at, part] of parts.entries()) {
    const { components, text } = addedBy(part, parts[at - 1])
    sum.components += components
    sum.text += text
  }
  return sum.components <= most.components && sum.text <= most.text
}

function addedBy(part: Part, before: Part | undefined): { components: number; text: number } {
  if (part.kind === 'component') return weightOf(part.component)
  const joins = before?.kind === 'text'
  return { components: joins ? 0 : 1, text: part.text.length + (joins ? 2 : 0) }
}

function componentsOf(parts: readonly Part[]): APIMessageTopLevelComponent[] {
  const components: APIMessageTopLevelComponent[] = []
  let text = ''
  let last: TextPart | undefined
  const flush = () => {
    if (text.trim() !== '') components.push(textDisplay(text))
    text = ''
    last = undefined
  }
  for (const part of parts) {
    if (part.kind === 'text') {
      text += last ? `${between(last, part)}${part.text}` : part.text
      last = part
    } else {
      flush()
      components.push(part.component)
    }
  }
  flush()
  return components
}

/** Paragraphs stand apart; the points of a list, and what is set off by its own look, do not. */
function between(before: TextPart, after: TextPart): string {
  if (before.as === 'text') return after.as === 'text' || after.as === 'small' ? '\n\n' : '\n'
  if (before.as === 'item') return after.as === 'text' || after.as === 'small' ? '\n\n' : '\n'
  if (before.as === 'quote') return after.as === 'quote' ? '\n> \n' : '\n'
  return '\n'
}
