import { expect } from 'vitest'
import { textsIn } from '../../../../src/bots/discord/render/elements.ts'
import { weightOf } from '../../../../src/bots/discord/render/pack.ts'
import type { Posting } from '../../../../src/bots/discord/render/posting.ts'
import { takeComponents } from '../../../fakes/discord/check/components.ts'
import { renderComponents } from '../../../fakes/discord/read/components.ts'
import { renderMarkdown } from '../../../fakes/discord/read/markdown.ts'
import type { Component, World } from '../../../fakes/discord/world.ts'

/** A Discord that knows nobody: every mention would be read as somebody unknown. */
const nobody = { users: new Map(), guilds: new Map(), channels: new Map() } as unknown as World

/** Throws where Discord would refuse a message, or where something in it acts. */
export function check(postings: readonly Posting[]): void {
  for (const { attached, components } of postings) {
    const files = attached ? [attached.name] : []
    takeComponents(structuredClone(components), { isSecond: true, files })
    const weight = weightOf(components)
    expect(weight.components).toBeLessThanOrEqual(40)
    expect(weight.text).toBeLessThanOrEqual(4_000)
    for (const source of textsIn(components)) checkHarmless(source)
  }
}

/** No mention of anybody, even for a reader that does not know the backslash; no link that hides where it leads. */
function checkHarmless(source: string): void {
  // A mark of code that is escaped is none.
  const outsideCode = source.replaceAll(/\\[\\`]|```[\s\S]*?```|(`{1,2})[\s\S]*?[^`]\1(?!`)/gu, ' ')
  expect(outsideCode).not.toMatch(/<(?:@[!&]?|#|a?:\w+:|\/\w+:|id:)\d/u)
  expect(outsideCode).not.toMatch(/(?<!\\)@(?:everyone|here)/u)
  expect(outsideCode.replace(/^-# Until <t:\d+:f>/mu, '')).not.toMatch(/<t:\d/u)
  for (const { label, url } of renderMarkdown(nobody, source).links) {
    if (/:\/\/|www\./iu.test(label)) expect(bare(url)).toBe(bare(label))
  }
}

function bare(address: string): string {
  return address.replace(/^https?:\/\//iu, '').replace(/\/$/u, '')
}

/** What the messages say, with Markdown's marks gone, as a person reads it. */
export function readBy(postings: readonly Posting[]): string {
  return postings
    .map(({ components }) => renderComponents(nobody, components as unknown as Component[]).text)
    .join('\n')
}

/** The same with its marks. */
export function rawOf(postings: readonly Posting[]): string {
  return postings.flatMap(({ components }) => textsIn(components)).join('\n')
}
