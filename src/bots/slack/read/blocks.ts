import { type Loose, listOf, recordOf, textOf, wordOf } from './loose.ts'
import { plainOf } from './mrkdwn.ts'
import { richTextLines } from './rich-text.ts'
import { type Table, tableOf } from './tables.ts'
import { sayLink, type Voice } from './voice.ts'

/** What blocks say: lines of words, and the tables among them. */
export interface Spoken {
  lines: string[]
  tables: Table[]
}

const mostDepth = 6

/** Every block that holds words for people; what only holds controls says nothing. */
export function speakBlocks(blocks: unknown, voice: Voice, depth = 0): Spoken {
  const spoken: Spoken = { lines: [], tables: [] }
  if (depth > mostDepth) return spoken
  for (const block of listOf(blocks)) {
    const said = speakBlock(recordOf(block), voice, depth)
    spoken.lines.push(...said.lines)
    spoken.tables.push(...said.tables)
  }
  return spoken
}

function speakBlock(block: Loose, voice: Voice, depth: number): Spoken {
  if (block.type === 'table' || block.type === 'data_table') {
    const table = tableOf(block, voice)
    const caption = wordOf(block.caption)
    const lines = table.rows.map((row) => row.join(' | '))
    return { lines: caption ? [caption, ...lines] : lines, tables: table.rows.length > 0 ? [table] : [] }
  }
  const within = block.child_blocks ?? (block.type === 'carousel' ? block.elements : undefined)
  const inner = speakBlocks(within, voice, depth + 1)
  return { lines: [...ownLines(block, voice), ...inner.lines], tables: inner.tables }
}

function ownLines(block: Loose, voice: Voice): string[] {
  const words = (value: unknown) => wordsOf(value, voice)
  switch (block.type) {
    case 'rich_text':
      return richTextLines(block.elements, voice)
    case 'section':
      return [
        ...words(block.text),
        ...listOf(block.fields).flatMap(words),
        ...linksOf([block.accessory], voice),
      ]
    case 'context': {
      const line = listOf(block.elements).flatMap(words).join(' ')
      return line === '' ? [] : [line]
    }
    case 'markdown':
      return [textOf(block.text)]
    case 'image':
      return [`[picture: ${wordOf(recordOf(block.title).text) ?? textOf(block.alt_text)}]`]
    case 'video':
      return [...words(block.title), ...words(block.description), textOf(block.title_url)].filter(Boolean)
    case 'actions':
      return linksOf(block.elements, voice)
    case 'card':
    case 'container':
      return [block.title, block.subtitle, block.body]
        .flatMap(words)
        .concat(words(block.rich_text_title), linksOf(block.actions, voice))
    case 'task_card':
      return [...words(block.title), ...words(block.details), ...words(block.output)]
    case 'plan':
      return [
        ...words(block.title),
        ...listOf(block.tasks).flatMap((task) => ownLines(recordOf(task), voice)),
      ]
    default:
      return words(block.text)
  }
}

/** A text object of any kind, a rich text or a bare string. */
function wordsOf(value: unknown, voice: Voice): string[] {
  if (typeof value === 'string') return value === '' ? [] : value.split('\n')
  const object = recordOf(value)
  if (object.type === 'rich_text') return richTextLines(object.elements, voice)
  if (object.type === 'image') return []
  const text = textOf(object.text)
  if (text === '') return []
  return (object.type === 'mrkdwn' ? plainOf(text, voice) : text).split('\n')
}

/** Buttons that only lead somewhere: where to. */
function linksOf(elements: unknown, voice: Voice): string[] {
  return listOf(elements).flatMap((element) => {
    const { text, url } = recordOf(element)
    const address = wordOf(url)
    return address ? [sayLink(voice, address, wordOf(recordOf(text).text))] : []
  })
}
