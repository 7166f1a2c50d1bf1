import type { ColumnProfile } from './schema.ts'

const LABEL_WORDS = new Set([
  'year',
  'month',
  'week',
  'day',
  'quarter',
  'zip',
  'postcode',
  'plz',
  'phone',
  'nr',
  'no',
])

/** `monthlyRevenue`, `monthly_revenue` and `Monthly revenue` are the same words. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

function isIdName(name: string): boolean {
  const last = wordsOf(name).at(-1)
  return last === 'id' || last === 'uuid' || last === 'guid'
}

/** What a column is for: the name says what the type alone cannot. */
export function roleOf(name: string, type: ColumnProfile['type']): ColumnProfile['role'] {
  if (isIdName(name)) return 'id'
  if (type === 'money' || type === 'percent' || type === 'decimal') return 'measure'
  if (type === 'integer') return wordsOf(name).some((word) => LABEL_WORDS.has(word)) ? 'label' : 'measure'
  return 'label'
}
