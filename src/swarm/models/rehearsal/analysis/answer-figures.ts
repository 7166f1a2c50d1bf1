import { type Found, found, type Request } from './answer.ts'
import { filledIn } from './compare-groups.ts'
import { add, changePercent, meanOf } from './exact.ts'
import {
  formatAmount,
  formatCount,
  formatExact,
  formatMean,
  formatShare,
  listed,
  plain,
  plural,
  safe,
} from './prose.ts'
import { monthsIn } from './question-match.ts'
import type { ColumnProfile } from './schema.ts'

export function figure(request: Request, column: ColumnProfile): Found | undefined {
  const {
    asked: { operations },
    table,
    label,
  } = request
  const { numbers } = column
  if (!numbers) return undefined
  const [name, path, unit] = [safe(column.name), safe(table.path), numbers.unit]
  const amount = (value: string) => formatAmount(value, unit)
  if (label) {
    const cells = label.group.sums.find((one) => one.column === column.name)
    const [sum, count] = [cells?.sums[label.at], cells?.counts[label.at] ?? 0]
    if (sum === undefined || operations.has('median') || operations.has('min') || operations.has('max'))
      return undefined
    const where = `where ${safe(label.group.by)} is ${safe(label.label, 40)}`
    if (count === 0) return found(request, `${name} has no numbers in ${path} ${where}.`, name)
    const mean = operations.has('mean') || column.type === 'percent'
    const text = mean
      ? `is ${formatMean(meanOf(sum, count), unit, sum)} on average`
      : `adds up to ${amount(sum)}`
    return found(
      request,
      `${name} ${text} in ${path} ${where} (${plural(count, 'value')}).`,
      name,
      mean ? meanOf(sum, count) : sum,
      unit,
    )
  }
  if (operations.has('median'))
    return found(
      request,
      `The median of ${name} in ${path} is ${amount(numbers.median)}.`,
      name,
      numbers.median,
      unit,
    )
  if (operations.has('mean') || column.type === 'percent')
    return found(
      request,
      `${name} is ${formatMean(numbers.mean, unit, numbers.sum)} on average in ${path} (${plural(numbers.count, 'value')}).`,
      name,
      numbers.mean,
      unit,
    )
  if (operations.has('min') || operations.has('least'))
    return found(request, `The lowest ${name} in ${path} is ${amount(numbers.min)}.`, name, numbers.min, unit)
  if (operations.has('max') || operations.has('most'))
    return found(
      request,
      `The highest ${name} in ${path} is ${amount(numbers.max)}.`,
      name,
      numbers.max,
      unit,
    )
  return found(
    request,
    `${name} adds up to ${amount(numbers.sum)} in ${path} (${plural(numbers.count, 'value')}).`,
    name,
    numbers.sum,
    unit,
  )
}

/** The share of a group in a sum; without a group there is nothing to take a share of. */
export function shareOf({ label, ...request }: Request, column: ColumnProfile): Found | undefined {
  const sum = label?.group.sums.find((one) => one.column === column.name)?.sums[label.at]
  const total = column.numbers?.sum
  if (!label || sum === undefined || total === undefined || Number(total) === 0) return undefined
  const percent = changePercent(total, add(total, sum)) ?? '0'
  const parts = `${formatAmount(sum, column.numbers?.unit)} of ${formatAmount(total, column.numbers?.unit)}`
  const sentence = `${formatExact(percent)}% of ${safe(column.name)} in ${safe(request.table.path)} is where ${safe(label.group.by)} is ${safe(label.label, 40)}: ${parts}.`
  return found(request, sentence, safe(column.name), percent, '%')
}

export function filledRows(request: Request, column: ColumnProfile): Found | undefined {
  const { table, label } = request
  const [name, path] = [safe(column.name), safe(table.path)]
  const months = label ? undefined : monthsIn(request.asked, column)
  if (months) {
    const count = months.reduce((sum, month) => sum + month.count, 0)
    const named = months.length === 0 ? 'that month' : listed(months.map(({ month }) => month))
    return found(
      request,
      `${name} falls in ${named} in ${plural(count, 'row')} of ${path}.`,
      name,
      String(count),
    )
  }
  const rows = label ? (label.group.rows[label.at] ?? 0) : table.rows
  const filled = label ? filledIn(label.group, label.at, column) : column.filled
  if (filled === undefined) return undefined
  const where = label ? ` where ${safe(label.group.by)} is ${safe(label.label, 40)}` : ''
  const stops = table.notes.some((note) => note.startsWith(`"${plain(column.name)}" ends on`))
  const end = stops && column.dates ? ` Its dates end on ${column.dates.latest}, before the month does.` : ''
  return found(
    request,
    `${name} is filled in ${formatCount(filled)} of ${plural(rows, 'row')}${where} of ${path} (${formatShare(filled, rows)}).${end}`,
    name,
    String(filled),
  )
}
