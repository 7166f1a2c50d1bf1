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
export function weightOf(value: unknown): Weight {
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
  { first = limits }: { first?: Weight } = {},
): APIMessageTopLevelComponent[][] {
  const messages: Part[][] = [[]]
  let used = nothing
  for (const part of parts) {
    const message = messages.at(-1) ?? []
    const grown = plus(used, addedBy(part, message.at(-1)))
    if (message.length === 0 || isWithin(grown, messages.length === 1 ? first : limits)) {
      message.push(part)
      used = grown
      continue
    }
    const lead = message.slice(message.findLastIndex((each) => each.kind !== 'text' || !each.heads) + 1)
    const carried = isWithin(sumOf([...lead, part]), limits) ? lead : []
    message.splice(message.length - carried.length)
    messages.push([...carried, part])
    used = sumOf([...carried, part])
  }
  return messages.map(componentsOf).filter((message) => message.length > 0)
}

interface Weight {
  components: number
  text: number
}

const nothing: Weight = { components: 0, text: 0 }

function plus(one: Weight, other: Weight): Weight {
  return { components: one.components + other.components, text: one.text + other.text }
}

function isWithin(weight: Weight, most: Weight): boolean {
  return weight.components <= most.components && weight.text <= most.text
}

function sumOf(parts: readonly Part[]): Weight {
  return parts.reduce((sum, part, at) => plus(sum, addedBy(part, parts[at - 1])), nothing)
}

function addedBy(part: Part, before: Part | undefined): Weight {
  if (part.kind === 'component') return weightOf(part.component)
  if (before?.kind !== 'text') return { components: 1, text: part.text.length }
  return { components: 0, text: between(before, part).length + part.text.length }
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
