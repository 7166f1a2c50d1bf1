import { type Found, found, type Request } from './answer.ts'
import { summable } from './choose-chart.ts'
import { filledIn } from './compare-groups.ts'
import { compare, divide, meanOf } from './exact.ts'
import { formatAmount, formatCount, formatExact, formatMean, listed, safe } from './prose.ts'
import type { ColumnProfile, GroupProfile, TableProfile } from './schema.ts'

type Measured = {
  what: string
  values: (string | undefined)[]
  /** The text of a group's value, with its place among the labels. */
  shown: (value: string, at: number) => string
  doubts?: string[]
  column: string
}

/** One figure for each group, or the group with the most or the least. */
export function answerByGroup(request: Request, group: GroupProfile): Found | undefined {
  const {
    asked: { operations },
    table,
  } = request
  const measured = measure(request, group)
  if (!measured) return undefined
  request.doubts.push(...doubtsOf(request, measured))
  const by = group.grain === 'month' ? `month of ${safe(group.by)}` : safe(group.by)
  const none = `(no ${safe(group.by)})`
  const rows = group.labels
    .map((label, at) => ({
      label: label === null ? none : safe(label, 40),
      value: measured.values[at],
      at,
    }))
    .filter((row): row is { label: string; value: string; at: number } => row.value !== undefined)
  const least = operations.has('least') || operations.has('min')
  const most = operations.has('most') || operations.has('max') || operations.has('common')
  const sorted =
    group.grain === 'month' && !least && !most
      ? rows
      : rows.toSorted((a, b) => compare(b.value, a.value) * (least ? -1 : 1))
  const list = sorted.map(({ label, value, at }) => `${label} ${measured.shown(value, at)}`).join(', ')
  const basis = [safe(group.by), measured.column]
    .filter((one, at, all) => all.indexOf(one) === at)
    .join(' and ')
  if (!least && !most)
    return found(request, `${measured.what} by ${by} in ${safe(table.path)}: ${list}.`, basis)
  const named = sorted.filter(({ label }) => label !== none)
  const best = named[0]
  if (!best) return undefined
  const winners = named.filter(({ value }) => compare(value, best.value) === 0).map(({ label }) => label)
  const has = winners.length > 1 ? 'have' : 'has'
  return found(
    request,
    `In ${safe(table.path)}, ${listed(winners)} ${has} the ${least ? 'least' : 'most'}: ${measured.what.charAt(0).toLowerCase()}${measured.what.slice(1)} by ${by} are ${list}.`,
    basis,
  )
}

function measure(request: Request, group: GroupProfile): Measured | undefined {
  const {
    asked: { operations },
    table,
    target,
  } = request
  if (target?.numbers && target.role === 'measure' && !operations.has('count'))
    return amounts(
      group,
      target,
      operations.has('mean') || target.type === 'percent',
      operations.has('median'),
    )
  if (target && target.role !== 'id' && target.name !== group.by)
    return filled(group, target, operations.has('share'))
  if (operations.has('sum') || operations.has('mean')) {
    const only = onlyMeasure(table)
    return only ? amounts(group, only, operations.has('mean'), false) : undefined
  }
  return {
    what: 'Rows',
    values: group.rows.map(String),
    shown: (value) => formatAmount(value, undefined),
    column: 'its rows',
  }
}

function amounts(
  group: GroupProfile,
  column: ColumnProfile,
  mean: boolean,
  median: boolean,
): Measured | undefined {
  const cells = group.sums.find((one) => one.column === column.name)
  if (!cells || median) return undefined
  const unit = column.numbers?.unit
  const values = cells.sums.map((sum, at) => {
    const count = cells.counts[at] ?? 0
    if (mean) return count === 0 ? undefined : meanOf(sum, count)
    return sum
  })
  const scaleLike = column.numbers?.sum ?? '0'
  const shown = (value: string) => (mean ? formatMean(value, unit, scaleLike) : formatAmount(value, unit))
  return {
    what: mean ? `Averages of ${safe(column.name)}` : `Sums of ${safe(column.name)}`,
    values,
    shown,
    column: safe(column.name),
  }
}

function filled(group: GroupProfile, column: ColumnProfile, share: boolean): Measured | undefined {
  const counts = group.labels
    .map((_, at) => filledIn(group, at, column))
    .filter((count) => count !== undefined)
  if (counts.length < group.labels.length) return undefined
  const rates = counts.map((count, at) =>
    divide({ units: BigInt(count) * 100n, scale: 0 }, BigInt(group.rows[at] || 1), 4),
  )
  return {
    what: `${share ? 'Shares of rows' : 'Rows'} with ${safe(column.name)}`,
    values: share ? rates : counts.map(String),
    shown: (value, at) =>
      share
        ? `${formatExact(value, 1)}% (${formatCount(counts[at] ?? 0)} of ${formatCount(group.rows[at] ?? 0)})`
        : formatExact(value),
    column: safe(column.name),
  }
}

/** "The highest revenue per plan" asks for single values, and a profile holds sums of groups. */
function doubtsOf({ asked }: Request, { what }: Measured): string[] {
  const doubts: string[] = []
  const ranks =
    /\b(?:which|what)\s+\S+\s+(?:has|have|had|is|was|are|were|with|lost|got|brings?|brought|makes?|made|\S+ed)\b/.test(
      asked.text,
    )
  const single = asked.operations.has('max') || asked.operations.has('min')
  if (single && !ranks)
    doubts.push('These are figures of whole groups, not the single highest or lowest values in them.')
  if (asked.operations.has('share') && !what.startsWith('Shares'))
    doubts.push('Shares are not worked out here.')
  return doubts
}

function onlyMeasure(table: TableProfile): ColumnProfile | undefined {
  const measures = summable(table)
  return measures.length === 1 ? measures[0] : undefined
}
