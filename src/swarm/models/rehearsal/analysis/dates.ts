export type DayOrder = 'iso' | 'dmy' | 'mdy'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const GERMAN: readonly (readonly [string, number])[] = [
  ['mär', 3],
  ['mai', 5],
  ['okt', 10],
  ['dez', 12],
]
const TIME =
  '(?:[T ,]+\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?\\s?(?:[AP]M)?\\s?(?:Z|UTC|[-+]\\d{2}:?\\d{2})?)?'
const ISO = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${TIME}$`, 'i')
const DOTTED = new RegExp(`^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})${TIME}$|^(\\d{2})\\.(\\d{2})\\.(\\d{2})$`, 'i')
const SLASHED = new RegExp(`^(\\d{1,2})([/-])(\\d{1,2})\\2(\\d{4}|\\d{2})${TIME}$`, 'i')
const WORDED = /^(\d{1,2})\.?[ -]([a-zä]{3,9})\.?,?[ -](\d{4})$/i
const WORD_FIRST = /^([a-zä]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/i

/** A cell as `YYYY-MM-DD`, or nothing. Times are dropped, days stay as written: no time zone is assumed. */
export function readDate(cell: string, order: DayOrder): string | undefined {
  if (cell.length < 6 || cell.length > 40) return undefined
  const iso = ISO.exec(cell)
  if (iso) return dayOf(iso[1], iso[3], iso[4])
  const dotted = DOTTED.exec(cell)
  if (dotted) return dayOf(dotted[3] ?? dotted[6], dotted[2] ?? dotted[5], dotted[1] ?? dotted[4])
  const slashed = SLASHED.exec(cell)
  if (slashed) {
    const [, first, , second, year] = slashed
    return order === 'mdy' ? dayOf(year, first, second) : dayOf(year, second, first)
  }
  const worded = WORDED.exec(cell)
  if (worded) return dayOf(worded[3], monthNumber(worded[2] ?? ''), worded[1])
  const wordFirst = WORD_FIRST.exec(cell)
  return wordFirst ? dayOf(wordFirst[3], monthNumber(wordFirst[1] ?? ''), wordFirst[2]) : undefined
}

function monthNumber(word: string): string {
  const start = word.slice(0, 3).toLowerCase()
  const german = GERMAN.find(([name]) => name === start)
  return String(german ? german[1] : MONTHS.indexOf(start) + 1)
}

function dayOf(year = '', month = '', day = ''): string | undefined {
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year)
  const [m, d] = [Number(month), Number(day)]
  if (m < 1 || m > 12 || d < 1 || d > daysIn(fullYear, m)) return undefined
  return `${String(fullYear).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
}

export function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Days since 1970-01-01 of an ISO day. */
export function dayNumber(iso: string): number {
  return Date.parse(`${iso}T00:00:00Z`) / 86_400_000
}

export type OrderFinding = { order: DayOrder; ambiguous: boolean; conflicting: boolean }

/** Tells day/month from month/day by the days above 12; `european` breaks the tie when there are none. */
export function orderOf(values: readonly string[], european: boolean): OrderFinding {
  const seen = { dmy: 0, mdy: 0, either: 0, dotted: 0, other: 0 }
  for (const value of values) seen[writtenAs(value)] += 1
  if (seen.dmy + seen.mdy + seen.either === 0) {
    return { order: seen.dotted > 0 ? 'dmy' : 'iso', ambiguous: false, conflicting: false }
  }
  const conflicting = seen.dmy > 0 && seen.mdy > 0
  if (seen.dmy === seen.mdy) return { order: european ? 'dmy' : 'mdy', ambiguous: true, conflicting }
  return { order: seen.dmy > seen.mdy ? 'dmy' : 'mdy', ambiguous: false, conflicting }
}

function writtenAs(value: string): 'dmy' | 'mdy' | 'either' | 'dotted' | 'other' {
  if (value.length > 40) return 'other'
  const slashed = SLASHED.exec(value)
  if (!slashed) return DOTTED.test(value) ? 'dotted' : 'other'
  const [first, second] = [Number(slashed[1]), Number(slashed[3])]
  if (first > 12 && second <= 12) return 'dmy'
  if (second > 12 && first <= 12) return 'mdy'
  return first === second || first > 12 ? 'other' : 'either'
}
