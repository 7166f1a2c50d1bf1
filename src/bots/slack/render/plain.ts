import { shortened } from '../../words/cut.ts'
import type { SlackBlock } from './elements.ts'
import { escaped } from './harmless.ts'
import { limits } from './limits.ts'

interface Node {
  type?: string
  text?: unknown
  elements?: unknown
  [key: string]: unknown
}

/**
 * Blocks as plain text, a line for a line: what stands beside them for notifications and screen readers, and in their
 * place where Slack refuses them. With `addresses`, each link says where it leads.
 */
export function plainOf(blocks: readonly SlackBlock[], options: { addresses: boolean }): string {
  return blocks
    .map((block) => plainNode({ ...block }, options.addresses))
    .filter((text) => text !== '')
    .join('\n\n')
}

/** The `text` of a message that has blocks. */
export function fallbackOf(blocks: readonly SlackBlock[]): string {
  const text = plainOf(blocks, { addresses: false }).replace(/\n{2,}/gu, '\n')
  return escaped(shortened(text, limits.fallback)) || '…'
}

function plainNode(node: Node, addresses: boolean): string {
  const inner = (between: string) =>
    nodes(node.elements)
      .map((each) => plainNode(each, addresses))
      .filter((text) => text !== '')
      .join(between)
  switch (node.type) {
    case 'actions':
    case 'divider':
      return ''
    case 'table':
      return (Array.isArray(node.rows) ? node.rows : [])
        .map((row) =>
          nodes(row)
            .map((cell) => plainNode(cell, addresses).trim())
            .join(' | '),
        )
        .join('\n')
    case 'rich_text':
    case 'context':
      return inner('\n')
    case 'rich_text_list':
      return listLines(node, addresses)
    case 'rich_text_quote':
      return inner('').replaceAll(/^/gmu, '> ')
    case 'link': {
      const label = typeof node.text === 'string' ? node.text : ''
      const url = String(node.url)
      return addresses && label !== url ? `${label} (${url})` : label || url
    }
    case 'date':
      return String(node.fallback)
    case 'mrkdwn':
      return unescaped(String(node.text), addresses)
    default:
      if (typeof node.text === 'string') return node.text
      return typeof node.text === 'object' && node.text !== null
        ? plainNode({ ...node.text }, addresses)
        : inner('')
  }
}

function listLines(node: Node, addresses: boolean): string {
  const indent = '  '.repeat(Number(node.indent ?? 0))
  const first = Number(node.offset ?? 0) + 1
  return nodes(node.elements)
    .map((item, index) => {
      const mark = node.style === 'ordered' ? `${first + index}.` : '•'
      return `${indent}${mark} ${plainNode(item, addresses)}`
    })
    .join('\n')
}

/** Our own markup of a file's row, back to words. */
function unescaped(text: string, addresses: boolean): string {
  return text
    .replace(/<([^|>]+)\|([^>]*)>/gu, (_, url: string, label: string) =>
      addresses ? `${label} (${url})` : label,
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function nodes(value: unknown): Node[] {
  return Array.isArray(value)
    ? value.filter((each): each is Node => typeof each === 'object' && each !== null)
    : []
}
