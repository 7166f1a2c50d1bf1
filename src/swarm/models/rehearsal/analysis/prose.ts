import { round } from './exact.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g
const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** Cuts to at most `max` UTF-16 units, never through a surrogate pair; the cut shows as `…`. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 2)
  const end = last >= 0xd800 && last <= 0xdbff ? max - 2 : max - 1
  return `${text.slice(0, end)}…`
}

/** One line, no control characters or direction overrides, valid Unicode. */
export function plain(text: string, max = 80): string {
  return cut(
    text
      .slice(0, max * 20)
      .toWellFormed()
      .replace(CONTROLS, '')
      .replace(INVISIBLE, '')
      .replace(/[\s\u2028\u2029]+/g, ' ')
      .trim(),
    max,
  )
}

/** Content of a file, made safe to stand inside a line or a table cell of Markdown. */
export function safe(text: string, max = 80): string {
  return plain(text, max)
    .replace(/[\\`*|[\]]/g, '\\$&')
    .replace(/&(?=#|[a-z]+;)/gi, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}

/** For a fenced block: nothing in it may close the fence. */
export function fenced(text: string, max = 80): string {
  return plain(text, max).replace(/`/g, "'").replace(/~~~/g, '---').replace(/</g, '‹').replace(/>/g, '›')
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** An exact decimal string with thousands separators; rounded only when `decimals` is given. */
export function formatExact(decimal: string, decimals?: number): string {
  const shown = decimals === undefined ? decimal : round(decimal, decimals)
  const [whole = '0', fraction] = shown.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** With its unit: `€1,234.50`, `12.5%`, `1,200 CHF`. */
export function formatAmount(decimal: string, unit: string | undefined, decimals?: number): string {
  const number = formatExact(decimal, decimals)
  if (unit === undefined) return number
  if (unit === '%') return `${number}%`
  if (/^[a-z]/i.test(unit)) return `${number} ${unit}`
  return number.startsWith('-') ? `-${unit}${number.slice(1)}` : `${unit}${number}`
}

export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '0.0%' : `${((part / whole) * 100).toFixed(1)}%`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** Small counts as words: `two columns`. */
export function inWords(count: number, one: string, many = `${one}s`): string {
  return `${SMALL[count] ?? formatCount(count)} ${count === 1 ? one : many}`
}

export function listed(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path
}

export function extensionOf(path: string): string {
  const base = baseName(path)
  const dot = base.lastIndexOf('.')
  return dot < 0 ? '' : base.slice(dot + 1).toLowerCase()
}

/** A Markdown table from cells that are already safe; columns of figures stand to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const figures = head.map(
    (_, at) => rows.length > 0 && rows.every((cells) => /^[-–+(]*\W?\d|^–?$/.test(cells[at] ?? '')),
  )
  return [line(head), line(figures.map((right) => (right ? '---:' : '---'))), ...rows.map(line)].join('\n')
}

/** A mean with as many decimals as the numbers it was made of, at least two. */
export function formatMean(mean: string, unit: string | undefined, sum: string): string {
  return formatAmount(mean, unit, Math.max(2, sum.split('.')[1]?.length ?? 0))
}
