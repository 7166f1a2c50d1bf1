import { type Loose, listOf, recordOf, textOf, wordOf } from './loose.ts'
import { callPerson, sayLink, type Voice } from './voice.ts'

/** The elements of a rich text block as lines: lists with their marks, code between fences, quotes behind `>`. */
export function richTextLines(elements: unknown, voice: Voice): string[] {
  return listOf(elements).flatMap((element) => sectionLines(recordOf(element), voice))
}

/** The same on one line, for a cell of a table. */
export function richTextCell(elements: unknown, voice: Voice): string {
  return richTextLines(elements, voice).join(' ').trim()
}

function sectionLines(section: Loose, voice: Voice): string[] {
  const spoken = () => spokenElements(section.elements, voice)
  switch (section.type) {
    case 'rich_text_list':
      return listLines(section, voice)
    case 'rich_text_preformatted':
      return ['```', ...spoken().split('\n'), '```']
    case 'rich_text_quote':
      return spoken()
        .split('\n')
        .map((line) => `> ${line}`)
    default:
      return spoken().replace(/\n+$/, '').split('\n')
  }
}

function listLines(list: Loose, voice: Voice): string[] {
  const depth = '  '.repeat(Math.min(8, Number(list.indent) || 0))
  const first = (Number(list.offset) || 0) + 1
  return listOf(list.elements).map((item, at) => {
    const mark = list.style === 'ordered' ? `${first + at}.` : '-'
    return `${depth}${mark} ${spokenElements(recordOf(item).elements, voice)}`
  })
}

function spokenElements(elements: unknown, voice: Voice): string {
  return listOf(elements)
    .map((element) => spokenElement(recordOf(element), voice))
    .join('')
}

function spokenElement(element: Loose, voice: Voice): string {
  switch (element.type) {
    case 'text':
      return textOf(element.text)
    case 'link':
      return sayLink(voice, textOf(element.url), wordOf(element.text))
    case 'user':
      return callPerson(voice, textOf(element.user_id))
    case 'usergroup':
      return `@${voice.nameOf(textOf(element.usergroup_id)) ?? textOf(element.usergroup_id)}`
    case 'channel':
      return `#${voice.nameOf(textOf(element.channel_id)) ?? textOf(element.channel_id)}`
    case 'broadcast':
      return `@${textOf(element.range)}`
    case 'emoji':
      return emojiOf(element)
    case 'date':
      return wordOf(element.fallback) ?? new Date(Number(element.timestamp) * 1_000 || 0).toISOString()
    case 'color':
      return textOf(element.value)
    default:
      return textOf(element.text)
  }
}

function emojiOf(element: Loose): string {
  const codes = textOf(element.unicode)
    .split('-')
    .map((code) => Number.parseInt(code, 16))
  const known = codes.length > 0 && codes.every((code) => code > 0 && code <= 0x10ffff)
  return known ? String.fromCodePoint(...codes) : `:${textOf(element.name)}:`
}
