import { type Found, found, type Request } from './answer.ts'
import { figure, filledRows, shareOf } from './answer-figures.ts'
import { formatCount, listed, plural, safe } from './prose.ts'
import type { ColumnProfile } from './schema.ts'

/** What was asked of one column, in all rows or in those of one group. */
export function aboutColumn(request: Request, column: ColumnProfile): Found | undefined {
  const {
    asked: { operations },
    table,
  } = request
  const [name, path] = [safe(column.name), safe(table.path)]
  if (operations.has('missing'))
    return found(
      request,
      `${name} is missing in ${formatCount(column.missing)} of ${plural(table.rows, 'row')} of ${path}.`,
      name,
      String(column.missing),
    )
  if (column.role === 'id' && !request.label && (operations.has('distinct') || operations.has('count')))
    return found(
      request,
      `${path} has ${plural(column.distinct, `different ${name} value`)} in ${plural(table.rows, 'row')}.`,
      name,
      String(column.distinct),
    )
  if (operations.has('distinct'))
    return found(
      doubtfulWithLabel(request),
      `${name} has ${plural(column.distinct, 'different value')} in ${path}.`,
      name,
      String(column.distinct),
    )
  if (operations.has('common')) return commonest(doubtfulWithLabel(request), column)
  if (column.dates && ['when', 'min', 'max'].some((one) => operations.has(one as 'min')))
    return days(doubtfulWithLabel(request), column)
  const countable = column.type === 'integer' && column.role === 'measure'
  if (column.numbers && operations.has('share') && column.type !== 'percent') return shareOf(request, column)
  if (column.numbers && (countable || !operations.has('count'))) return figure(request, column)
  if (operations.has('count') || operations.has('share') || operations.has('change'))
    return filledRows(request, column)
  if (column.dates) return days(doubtfulWithLabel(request), column)
  return column.role === 'label' && column.top.length > 0 && !request.label
    ? commonest(request, column)
    : undefined
}

function days(request: Request, column: ColumnProfile): Found | undefined {
  const { operations } = request.asked
  const { dates } = column
  if (!dates) return undefined
  const [name, path] = [safe(column.name), safe(request.table.path)]
  if (operations.has('min'))
    return found(request, `The earliest ${name} in ${path} is ${dates.earliest}.`, name)
  if (operations.has('max')) return found(request, `The latest ${name} in ${path} is ${dates.latest}.`, name)
  return found(request, `${name} runs from ${dates.earliest} to ${dates.latest} in ${path}.`, name)
}

function commonest(request: Request, column: ColumnProfile): Found {
  const values = column.top.map(({ value, count }) => `${safe(value, 40)} (${formatCount(count)})`)
  return found(
    request,
    `The most common values of ${safe(column.name)} in ${safe(request.table.path)} are ${listed(values)}.`,
    safe(column.name),
  )
}

export function duplicates(request: Request): Found {
  const { table } = request
  const parts = table.ids.map(({ column, duplicates: named, duplicateCount }) => {
    const values = named
      .slice(0, 5)
      .map(({ value, count }) => `${safe(value, 40)} (${formatCount(count)} times)`)
    return `${plural(duplicateCount, `duplicate ${safe(column)} value`)}${values.length > 0 ? `: ${listed(values)}` : ''}`
  })
  const rows = plural(table.duplicateRows, 'row that repeats', 'rows that repeat')
  return found(
    request,
    `${safe(table.path)} has ${listed([...parts, `${rows} an earlier one`])}.`,
    'its ids and rows',
  )
}

export function gaps(request: Request): Found {
  const { table } = request
  const gappy = table.columns.filter(({ missing }) => missing > 0).slice(0, 20)
  const parts = gappy.map(({ name, missing }) => `${safe(name)} (${formatCount(missing)})`)
  const text = parts.length === 0 ? 'has no gaps' : `has gaps in ${listed(parts)}`
  return found(request, `${safe(table.path)} ${text}.`, 'all its columns')
}

/** The answer is of all rows although the question narrows them: say so. */
function doubtfulWithLabel(request: Request): Request {
  const { label } = request
  if (!label) return request
  return {
    ...request,
    doubts: [
      ...request.doubts,
      `This is of all rows, not only of those where ${safe(label.group.by)} is ${safe(label.label, 40)}.`,
    ],
  }
}
