import type { Bar, ChartData } from './choose-chart.ts'
import { cut, fenced, plain } from './prose.ts'

export { type ChartData, chooseChart } from './choose-chart.ts'

const MOST_BARS = 12
const WIDTH = 720
const LABELS = 190
const VALUES = 110
const ROW = 30
const TOP = 56
const TEXT_WIDTH = 24

/** A self-contained SVG that needs no fonts, scripts or colours from outside. Values that are no numbers are left out. */
export function barChart(data: ChartData): string {
  const bars = shownBars(data.bars)
  const height = TOP + Math.max(1, bars.length) * ROW + 16
  const scale = scaleOf(bars, WIDTH - LABELS - VALUES)
  const title = escaped(plain(data.title, 100))
  const described = bars.map(({ label, value }) => `${escaped(plain(label, 60))}: ${shown(value, data.unit)}`)
  const rows = bars.map((bar, index) => barRow(bar, index, scale, data.unit))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="14">`,
    `<title>${title}</title>`,
    `<desc>${described.length === 0 ? 'No values.' : `${described.join('; ')}.`}</desc>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    `<text x="16" y="32" font-size="16" font-weight="600" fill="#1f2328">${title}</text>`,
    ...(bars.length === 0 ? [`<text x="16" y="${TOP + 20}" fill="#59636e">No values.</text>`] : rows),
    `<line x1="${LABELS + scale.zero}" y1="${TOP - 4}" x2="${LABELS + scale.zero}" y2="${height - 12}" stroke="#59636e"/>`,
    '</svg>',
    '',
  ].join('\n')
}

/** The same bars for a terminal or a code block; safe inside a fence. */
export function textBars(data: ChartData): string {
  const bars = shownBars(data.bars).map(({ label, value }) => ({
    label: fenced(label, 24) || '(empty)',
    value,
  }))
  const widest = bars.reduce((most, { label }) => Math.max(most, [...label].length), 0)
  const largest = bars.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0)
  const lines = bars.map(({ label, value }) => {
    const eighths = largest === 0 ? 0 : Math.round((Math.abs(value) / largest) * TEXT_WIDTH * 8)
    const bar =
      '█'.repeat(Math.floor(eighths / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '')
    const padding = ' '.repeat(widest - [...label].length)
    return `${label}${padding}  ${value < 0 ? '-' : ''}${bar || '▏'} ${fenced(shownPlain(value, data.unit))}`
  })
  return [fenced(data.title, 100), ...lines].join('\n')
}

function shownBars(bars: readonly Bar[]): Bar[] {
  const finite = bars.filter(({ value }) => Number.isFinite(value))
  if (finite.length <= MOST_BARS) return finite
  const rest = finite.slice(MOST_BARS - 1)
  const sum = rest.reduce((total, { value }) => total + value, 0)
  return [...finite.slice(0, MOST_BARS - 1), { label: `other (${rest.length})`, value: sum }]
}

type Scale = { zero: number; perUnit: number }

function scaleOf(bars: readonly Bar[], width: number): Scale {
  const lowest = bars.reduce((least, { value }) => Math.min(least, value), 0)
  const highest = bars.reduce((most, { value }) => Math.max(most, value), 0)
  // Halves, so that the span of two very large numbers stays finite.
  const span = highest / 2 - lowest / 2
  const perUnit = span === 0 ? 0 : width / 2 / span
  return { perUnit, zero: Math.round(-lowest * perUnit) }
}

function barRow(
  { label, value }: Bar,
  index: number,
  { zero, perUnit }: Scale,
  unit: string | undefined,
): string {
  const y = TOP + index * ROW
  const length = Math.max(1, Math.round(Math.abs(value) * perUnit))
  const x = LABELS + (value < 0 ? zero - length : zero)
  const end = LABELS + (value < 0 ? zero : zero + length) + 8
  return (
    `<text x="${LABELS - 10}" y="${y + 16}" text-anchor="end" fill="#1f2328">${escaped(plain(label, 24)) || '(empty)'}</text>` +
    `<rect x="${x}" y="${y}" width="${length}" height="22" rx="3" fill="${value < 0 ? '#b3541e' : '#2f6f8f'}"/>` +
    `<text x="${end}" y="${y + 16}" fill="#1f2328">${shown(value, unit)}</text>`
  )
}

function shown(value: number, unit: string | undefined): string {
  return escaped(shownPlain(value, unit))
}

function shownPlain(value: number, unit: string | undefined): string {
  const number = Math.abs(value).toLocaleString('en-US', {
    maximumFractionDigits: 2,
    notation: Math.abs(value) < 1e12 ? 'standard' : 'compact',
  })
  const sign = value < 0 ? '-' : ''
  if (!unit) return `${sign}${number}`
  if (unit === '%') return `${sign}${number}%`
  return /^[\p{L}]/u.test(unit)
    ? `${sign}${number} ${cut(plain(unit), 12)}`
    : `${sign}${cut(plain(unit), 12)}${number}`
}

function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}
