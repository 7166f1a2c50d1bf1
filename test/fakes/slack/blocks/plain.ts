import type { Block, Team } from '../world.ts'

export interface Rendered {
  /** The text as a person reads it, a line for a line. */
  text: string
  links: { label: string; url: string }[]
  /** Whom the message calls: `@channel`, or a person's name. */
  pings: string[]
}

/** Blocks as a person reads them, without markup. */
export function renderBlocks(team: Team, blocks: readonly Block[]): Rendered {
  const seen: Rendered = { text: '', links: [], pings: [] }
  seen.text = blocks
    .map((block) => renderBlock(team, seen, block))
    .filter((text) => text !== '')
    .join('\n')
  return seen
}

export function renderMrkdwn(team: Team, text: string): Rendered {
  const seen: Rendered = { text: '', links: [], pings: [] }
  seen.text = mrkdwn(team, seen, text)
  return seen
}

function renderBlock(team: Team, seen: Rendered, block: Block): string {
  switch (block.type) {
    case 'divider':
      return '———'
    case 'markdown':
      return markdown(team, seen, String(block.text))
    case 'table':
    case 'data_table':
      return (block.rows as unknown[][])
        .map((row) => row.map((cell) => renderAny(team, seen, cell)).join(' | '))
        .join('\n')
    case 'plan':
      return [
        block.title,
        ...((block.tasks ?? []) as Block[]).map((task) => renderBlock(team, seen, task)),
      ].join('\n')
    case 'task_card':
      return [`[${block.status}] ${block.title}`, block.details, block.output]
        .map((part) => (typeof part === 'string' ? part : renderAny(team, seen, part)))
        .filter((part) => part !== '')
        .join('\n')
    case 'image':
      return `(image: ${block.alt_text})`
    case 'section':
      return [block.text, ...asList(block.fields)]
        .map((part) => renderAny(team, seen, part))
        .filter((part) => part !== '')
        .join('\n')
    case 'context':
      return asList(block.elements)
        .map((part) => renderAny(team, seen, part))
        .join(' ')
    case 'actions':
    case 'context_actions':
      return ''
    case 'input':
      return renderAny(team, seen, block.label)
    case 'card':
      return [block.title, block.subtitle, block.body]
        .map((part) => renderAny(team, seen, part))
        .filter((part) => part !== '')
        .join('\n')
    default:
      return renderAny(team, seen, block.type === 'rich_text' ? block : block.text)
  }
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

interface Node {
  type?: string
  text?: string
  elements?: Node[]
  [key: string]: unknown
}

function renderAny(team: Team, seen: Rendered, given: unknown): string {
  if (typeof given !== 'object' || given === null) return ''
  const node = given as Node
  const inner = (between: string) =>
    (node.elements ?? []).map((each) => renderAny(team, seen, each)).join(between)
  switch (node.type) {
    case 'mrkdwn':
      return mrkdwn(team, seen, node.text ?? '')
    case 'rich_text':
      return inner('\n')
    case 'rich_text_list':
      return (node.elements ?? [])
        .map((item, index) => {
          const mark = node.style === 'ordered' ? `${index + 1 + Number(node.offset ?? 0)}.` : '•'
          return `${'  '.repeat(Number(node.indent ?? 0))}${mark} ${renderAny(team, seen, item)}`
        })
        .join('\n')
    case 'rich_text_quote':
      return inner('').replaceAll(/^/gm, '> ')
    case 'rich_text_section':
    case 'rich_text_preformatted':
      return inner('')
    case 'link':
      return link(seen, String(node.url), node.text)
    case 'user':
      return ping(seen, `@${nameOf(team, String(node.user_id))}`)
    case 'usergroup':
      return ping(seen, `@${node.usergroup_id}`)
    case 'broadcast':
      return ping(seen, `@${node.range}`)
    case 'channel':
      return `#${channelName(team, String(node.channel_id))}`
    case 'emoji':
      return `:${node.name}:`
    case 'date':
      return String(node.fallback ?? node.timestamp)
    case 'raw_number':
      return node.text ?? String(node.value)
    case 'image':
      return `(image: ${node.alt_text})`
    default:
      return node.text ?? ''
  }
}

function ping(seen: Rendered, whom: string): string {
  seen.pings.push(whom)
  return whom
}

function link(seen: Rendered, url: string, label: string | undefined): string {
  seen.links.push({ label: label || url, url })
  return label || url
}

export const nameOf = (team: Team, id: string) => team.users.get(id)?.name ?? id
const channelName = (team: Team, id: string) => team.channels.get(id)?.name ?? id
const unescaped = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Slack's own markup: what stands between angle brackets is resolved; stars and the like stay, as people know them. */
function mrkdwn(team: Team, seen: Rendered, text: string): string {
  return unescaped(text.replaceAll(/<([^<>\n]+)>/g, (_, inside: string) => angle(team, seen, inside)))
}

function angle(team: Team, seen: Rendered, inside: string): string {
  const [target = '', label] = inside.split('|')
  if (target.startsWith('@')) return ping(seen, `@${nameOf(team, target.slice(1))}`)
  if (target.startsWith('#')) return `#${label || channelName(team, target.slice(1))}`
  if (target.startsWith('!date')) return label ?? target
  if (target.startsWith('!subteam')) return ping(seen, label ?? target)
  if (target.startsWith('!')) return ping(seen, `@${target.slice(1)}`)
  return link(seen, unescaped(target), label === undefined ? undefined : unescaped(label))
}

/** A `markdown` block: Slack makes links of Markdown's own, and knows its own mentions in it too. */
function markdown(team: Team, seen: Rendered, text: string): string {
  const linked = text.replaceAll(/(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)/g, (_, label: string, url: string) =>
    link(seen, url, label),
  )
  return mrkdwn(team, seen, linked)
}
