import type { World } from '../world.ts'

export interface Rendered {
  text: string
  links: { label: string; url: string }[]
  /** Addresses of which Discord makes a preview, unless that is turned off. */
  previews: string[]
}

/** Discord's Markdown as it looks on a screen: marks gone, mentions as names, links as their words. */
export function renderMarkdown(world: World, source: string): Rendered {
  const rendered: Rendered = { text: '', links: [], previews: [] }
  let read = 0
  for (const { 0: part, index } of source.matchAll(marked)) {
    rendered.text += prose(world, source.slice(read, index), rendered) + code(part)
    read = index + part.length
  }
  rendered.text += prose(world, source.slice(read), rendered)
  return rendered
}

/** A block of code ends at the next three backticks, code in a line at as many as it began with. */
const marked = /```[\s\S]*?```|(?<!(?<!\\)(?:\\\\)*\\)(`+)[\s\S]*?[^`]\1(?!`)/gu

function code(part: string): string {
  if (!part.startsWith('```')) return part.replaceAll(/^`+|`+$/gu, '')
  return part.slice(3, -3).replace(/^[\w+-]*\n/, '')
}

function prose(world: World, part: string, rendered: Rendered): string {
  const kept: string[] = []
  /** What is final already: no mark in it means anything. */
  const keep = (text: string) => `\uE000${kept.push(text) - 1}\uE000`
  const restored = (text: string): string =>
    text.replaceAll(/\uE000(\d+)\uE000/g, (_, index: string) => restored(kept[Number(index)] ?? ''))
  const link = (label: string, url: string, isQuiet: boolean) => {
    rendered.links.push({ label: restored(unmarked(label)), url: restored(url) })
    if (!isQuiet) rendered.previews.push(restored(url))
    return keep(unmarked(label))
  }
  const text = part
    .replaceAll(/\\([^0-9A-Za-z\s])/g, (_, letter: string) => keep(letter))
    .replaceAll(
      /\[([^\]\n]+)\]\((<?)(https?:\/\/[^\s)>]+)>?(?: "[^"]*")?\)/g,
      (_, label: string, quiet: string, url: string) => link(label, url, quiet === '<'),
    )
    .replaceAll(/<(https?:\/\/[^\s>]+)>/g, (_, url: string) => link(keep(url), url, true))
    .replaceAll(/https?:\/\/[^\s<>\uE000]+/g, (url) => link(keep(url), url, false))
    .replaceAll(/<@!?(\d+)>/g, (_, id: string) => keep(`@${nameOf(world, id)}`))
    .replaceAll(/<@&(\d+)>/g, (_, id: string) => keep(`@${roleName(world, id)}`))
    .replaceAll(/<#(\d+)>/g, (_, id: string) => keep(`#${world.channels.get(id)?.name ?? 'unknown'}`))
    .replaceAll(/<t:(-?\d+)(?::[a-zA-Z])?>/g, (_, s: string) =>
      keep(new Date(Number(s) * 1000).toISOString()),
    )
    .replaceAll(/<\/([^:>\n]+):\d+>/g, (_, name: string) => keep(`/${name}`))
    .replaceAll(/<a?:(\w+):\d+>/g, (_, name: string) => keep(`:${name}:`))
  return restored(unmarked(text))
}

/** Headings, quotes and emphasis, without their marks. */
function unmarked(text: string): string {
  return text
    .replaceAll(/^(?:#{1,3}|-#) +/gm, '')
    .replaceAll(/^>(?:>>)? /gm, '')
    .replaceAll(/\*\*\*(\S(?:[^*]*\S)?)\*\*\*/g, '$1')
    .replaceAll(/\*\*(?=\S)([\s\S]+?)(?<=\S)\*\*/g, '$1')
    .replaceAll(/__(?=\S)([\s\S]+?)(?<=\S)__/g, '$1')
    .replaceAll(/~~(?=\S)([\s\S]+?)(?<=\S)~~/g, '$1')
    .replaceAll(/\|\|(?=\S)([\s\S]+?)(?<=\S)\|\|/g, '$1')
    .replaceAll(/(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?!\*)/g, '$1')
    .replaceAll(/(?<![_\w])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![_\w])/g, '$1')
}

export function nameOf(world: World, id: string): string {
  const user = world.users.get(id)
  return user?.globalName ?? user?.username ?? 'unknown-user'
}

export function roleName(world: World, id: string): string {
  for (const guild of world.guilds.values()) {
    const role = guild.roles.get(id)
    if (role) return role.name
  }
  return 'unknown-role'
}
