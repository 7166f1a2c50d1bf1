import { readDate } from './dates.ts'
import { isMissing } from './missing.ts'
import { readNumber } from './numbers.ts'
import { cut } from './prose.ts'

const LONGEST_NAME = 200

type Header = { present: boolean; names: string[]; repeated: boolean; unnamed: number }

/** Judges by the first rows (cells trimmed) whether the first one names the columns. */
export function chooseHeader(rows: readonly (readonly string[])[]): Header {
  const first = rows[0] ?? []
  const present = namesColumns(first, rows.slice(1))
  const width = widthOf(rows, present)
  const taken = new Set<string>()
  let repeated = false
  let unnamed = 0
  const names = Array.from({ length: width }, (_, index) => {
    const given = present ? cut(first[index] ?? '', LONGEST_NAME) : ''
    if (present && given === '') unnamed += 1
    const wanted = given || `column ${index + 1}`
    let name = wanted
    for (let again = 2; taken.has(name); again += 1) name = `${wanted} (${again})`
    if (name !== wanted) repeated = true
    taken.add(name)
    return name
  })
  return { present, names, repeated, unnamed }
}

function namesColumns(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const named = first.filter((cell) => !isMissing(cell))
  if (named.length * 2 < first.length || named.length === 0) return false
  const values = named.filter(isValue)
  const yearsBesideAName = values.every((cell) => /^(19|20)\d{2}$/.test(cell)) && !isValue(first[0] ?? '')
  if (values.length > 0 && !yearsBesideAName) return false
  const recurring = first.filter((cell, index) => cell !== '' && rest.some((row) => row[index] === cell))
  return recurring.length * 2 < first.length
}

function isValue(cell: string): boolean {
  return (
    readNumber(cell, 'point') !== undefined ||
    readNumber(cell, 'comma') !== undefined ||
    readDate(cell, 'mdy') !== undefined ||
    readDate(cell, 'dmy') !== undefined
  )
}

/** With a header its own width, without the empty ends that a closing delimiter leaves; else the usual width. */
function widthOf(rows: readonly (readonly string[])[], present: boolean): number {
  if (!present) {
    const widths = new Map<number, number>()
    for (const row of rows) widths.set(row.length, (widths.get(row.length) ?? 0) + 1)
    return [...widths].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0
  }
  let width = rows[0]?.length ?? 0
  while (width > 1 && rows.every((row) => (row[width - 1] ?? '') === '')) width -= 1
  return width
}
