import { eventColumns } from './choose-chart.ts'
import { dayNumber } from './dates.ts'
import { changePercent, compare, subtract } from './exact.ts'
import { formatAmount, formatExact } from './prose.ts'
import { wordsOf } from './roles.ts'
import type { ColumnProfile, TableProfile } from './schema.ts'

export type Part = { sections: string[]; highlights: string[] }

/** `MonthlyRevenue` and `monthly_revenue` are one column. */
export function sameName(a: string, b: string): boolean {
  return a === b || (wordsOf(a).length > 0 && wordsOf(a).join(' ') === wordsOf(b).join(' '))
}

export function columnNamed(table: TableProfile, name: string): ColumnProfile | undefined {
  return (
    table.columns.find((column) => column.name === name) ??
    table.columns.find((column) => sameName(column.name, name))
  )
}

export function sharedColumns(tables: readonly TableProfile[]): string[] {
  const names = tables[0]?.columns.map(({ name }) => name) ?? []
  return names.filter((name) => tables.every((table) => columnNamed(table, name)))
}

/** By a shared column of days whose ranges follow each other without overlap, else as they came. */
export function inOrder(tables: readonly TableProfile[]): TableProfile[] {
  for (const name of sharedColumns(tables)) {
    const dated = tables.map((table) => ({ table, dates: columnNamed(table, name)?.dates }))
    const sorted = dated.toSorted((a, b) => dayOf(a.dates?.earliest) - dayOf(b.dates?.earliest))
    const follow = sorted.every(
      ({ dates }, at) => dates && (at === 0 || dates.earliest > (sorted[at - 1]?.dates?.latest ?? '9')),
    )
    if (follow) return sorted.map(({ table }) => table)
  }
  return [...tables]
}

function dayOf(iso: string | undefined): number {
  return iso === undefined ? 0 : dayNumber(iso)
}

export function changeCell(from: string | undefined, to: string | undefined, unit?: string): string {
  if (from === undefined || to === undefined) return '–'
  const change = subtract(to, from)
  const percent = changePercent(from, to)
  const sign = compare(change, '0') > 0 ? '+' : ''
  return `${sign}${formatAmount(change, unit)}${percent === undefined ? '' : ` (${signed(percent)}%)`}`
}

function signed(percent: string): string {
  return `${compare(percent, '0') > 0 ? '+' : ''}${formatExact(percent)}`
}

export function sharedEvents(tables: readonly TableProfile[], shared: readonly string[]): string[] {
  return shared.filter((name) =>
    tables.some((table) => eventColumns(table).some((event) => sameName(event.name, name))),
  )
}
