import { summable } from './choose-chart.ts'
import { groupChanges } from './compare-groups.ts'
import {
  changeCell,
  columnNamed,
  inOrder,
  type Part,
  sameName,
  sharedColumns,
  sharedEvents,
} from './compare-shared.ts'
import { formatAmount, formatCount, formatShare, listed, markdownTable, plural, safe } from './prose.ts'
import type { TableProfile } from './schema.ts'

const MOST_TABLES = 8
const MOST_MEASURES = 6

/** Tables that share columns, set side by side in the order of their days, else of their names. */
export function compareTables(given: readonly TableProfile[]): Part {
  const related = given.filter((table) =>
    given.some((other) => other !== table && sharedColumns([table, other]).length > 0),
  )
  if (related.length < 2) return { sections: [], highlights: [] }
  const all = inOrder(related)
  const tables = all.slice(0, MOST_TABLES)
  const shared = sharedColumns(tables)
  const groups = groupChanges(tables)
  const ids = sharedIds(tables)
  const cut =
    all.length > tables.length
      ? [`Only the first ${MOST_TABLES} of ${all.length} tables are set side by side.`]
      : []
  const highlights = [
    rowsSentence(tables),
    ...eventSentences(tables, shared),
    ...groups.highlights,
    ...partialSentences(tables),
    ...sumSentences(tables, shared),
    ...ids.highlights,
  ]
  const sections = [
    '## Side by side',
    figures(tables, shared),
    ...cut,
    ...groups.sections,
    ...ids.sections,
    ...onlyInSome(tables),
  ]
  return { sections, highlights: highlights.filter((one) => one !== '') }
}

function figures(tables: readonly TableProfile[], shared: readonly string[]): string {
  const rows = (name: string, values: readonly (string | undefined)[], unit?: string) => [
    name,
    ...values.map((value) => (value === undefined ? '–' : formatAmount(value, unit))),
    changeCell(values[0], values.at(-1), unit),
  ]
  const counts = rows(
    'rows',
    tables.map((table) => String(table.rows)),
  )
  const events = sharedEvents(tables, shared).map((name) =>
    rows(
      `with ${safe(name)}`,
      tables.map((table) => String(columnNamed(table, name)?.filled ?? 0)),
    ),
  )
  const sums = sharedMeasures(tables, shared).map(({ name, unit }) =>
    rows(
      `sum of ${safe(name)}`,
      tables.map((table) => columnNamed(table, name)?.numbers?.sum),
      unit,
    ),
  )
  const means = sharedMeasures(tables, shared).map(({ name, unit }) =>
    rows(
      `median of ${safe(name)}`,
      tables.map((table) => columnNamed(table, name)?.numbers?.median),
      unit,
    ),
  )
  return markdownTable(
    ['', ...tables.map(({ path }) => safe(path, 40)), 'change, first to last'],
    [counts, ...events, ...sums, ...means],
  )
}

/** Columns of numbers in every table, in one unit: euros are never set against dollars. */
function sharedMeasures(
  tables: readonly TableProfile[],
  shared: readonly string[],
): { name: string; unit?: string }[] {
  return shared
    .filter((name) =>
      tables.every((table) => summable(table).some((measure) => sameName(measure.name, name))),
    )
    .map((name) => ({ name, units: new Set(tables.map((table) => columnNamed(table, name)?.numbers?.unit)) }))
    .filter(({ units }) => units.size === 1)
    .map(({ name, units: [unit] }) => ({ name, ...(unit === undefined ? {} : { unit }) }))
    .slice(0, MOST_MEASURES)
}

function rowsSentence(tables: readonly TableProfile[]): string {
  return `${listed(tables.map((table) => `${safe(table.path)} has ${plural(table.rows, 'row')}`))}.`
}

function eventSentences(tables: readonly TableProfile[], shared: readonly string[]): string[] {
  return sharedEvents(tables, shared)
    .slice(0, 1)
    .map((name) => {
      const parts = tables.map((table) => {
        const filled = columnNamed(table, name)?.filled ?? 0
        return `${formatCount(filled)} of ${formatCount(table.rows)} rows (${formatShare(filled, table.rows)}) in ${safe(table.path)}`
      })
      return `${safe(name)} is filled in ${listed(parts)}.`
    })
}

function sumSentences(tables: readonly TableProfile[], shared: readonly string[]): string[] {
  return sharedMeasures(tables, shared)
    .slice(0, 1)
    .map(({ name, unit }) => {
      const parts = tables.map(
        (table) =>
          `${formatAmount(columnNamed(table, name)?.numbers?.sum ?? '0', unit)} in ${safe(table.path)}`,
      )
      return `${safe(name)} adds up to ${listed(parts)}.`
    })
}

function partialSentences(tables: readonly TableProfile[]): string[] {
  const partial = tables.flatMap((table) =>
    table.notes
      .filter((note) => /looks partial$|end early$|only the beginning/.test(note))
      .map((note) => `${safe(table.path)}: ${safe(note, 200)}.`),
  )
  return partial.slice(0, 1)
}

function sharedIds(tables: readonly TableProfile[]): Part {
  const lines: string[][] = []
  for (const [at, second] of tables.entries()) {
    const first = tables[at - 1]
    for (const ids of first?.ids ?? []) {
      const other = second.ids.find(({ column }) => sameName(column, ids.column))
      if (!first || !ids.values || !other?.values) continue
      const known = new Set(ids.values)
      const both = other.values.filter((value) => known.has(value)).length
      lines.push([
        safe(ids.column),
        safe(first.path),
        safe(second.path),
        ...[both, known.size - both, other.values.length - both].map(formatCount),
      ])
    }
  }
  if (lines.length === 0) return { sections: [], highlights: [] }
  const [column, first, second, both] = lines[0] ?? []
  return {
    sections: [
      '## The same ids',
      markdownTable(
        ['column', 'first', 'second', 'in both', 'only in the first', 'only in the second'],
        lines,
      ),
    ],
    highlights: [`${both} ${column} values of ${first} are in ${second} as well.`],
  }
}

function onlyInSome(tables: readonly TableProfile[]): string[] {
  const lines = tables.flatMap((table) => {
    const own = table.columns.filter(({ name }) => !tables.every((other) => columnNamed(other, name)))
    return own.length === 0
      ? []
      : [
          `- ${safe(table.path)}: ${listed(own.slice(0, 20).map(({ name }) => safe(name)))}${own.length > 20 ? ' and more' : ''}`,
        ]
  })
  return lines.length === 0 ? [] : ['## Columns that are not in all of them', lines.join('\n')]
}
