import { readDate } from './dates.ts'
import { cut } from './prose.ts'

const MONTH = 'Jan|Feb|Mar|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez'
const DATES = new RegExp(
  `\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2}\\.\\d{1,2}\\.\\d{4}\\b|\\b\\d{1,2}/\\d{1,2}/\\d{4}\\b` +
    `|\\b\\d{1,2}\\.? (?:${MONTH})[a-zä]{0,6}\\.?(?: \\d{4}\\b)?|\\b(?:${MONTH})[a-zä]{0,6}\\.? \\d{1,2}(?:,? \\d{4})?\\b`,
  'g',
)
const NUMBERS =
  /(?<![\p{L}\p{N}.,/-])(?:[$€£¥]\s?\d(?:[\d.,]*\d)?|\d(?:[\d.,]*\d)?(?:\s?(?:%|[€£$]|percent\b)|\s[\p{L}-]{2,20})?)/gu
const LINKS = /\bhttps?:\/\/[^\s<>()[\]"'`]{3,500}/g
const LONGEST = 160

type Todo = { text: string; done: boolean }

/** A to-do of a note or of a comment in code: a checkbox, `TODO`, `FIXME`, `to do:`. */
export function todoIn(line: string): Todo | undefined {
  const start = line.slice(0, 1_000)
  const box = /^\s*(?:[-*+]|\d{1,3}[.)])\s+\[([ xX])\]\s+(\S.*)$/.exec(start)
  if (box) return { text: cut((box[2] ?? '').trim(), LONGEST), done: box[1] !== ' ' }
  const mark = /(?:^|[^\p{L}\p{N}_])(?:(?:TODO|FIXME)\b(?:\([^)]{0,40}\))?:?|to[ -]do:)\s*(.*)$/u.exec(start)
  const spoken = mark ?? /(?:^|[^\p{L}\p{N}_])to[ -]?do:\s*(.*)$/iu.exec(start)
  if (!spoken) return undefined
  return {
    text: cut((spoken[1] ?? '').replace(/\s*(?:\*\/|-->)\s*$/, '').trim() || '(without a text)', LONGEST),
    done: false,
  }
}

type FoundDate = { written: string; iso?: string }

export function datesIn(line: string): FoundDate[] {
  return [...line.matchAll(DATES)].map(([written]) => {
    const slashed = written.includes('/')
    const asDays = readDate(written, 'dmy')
    // 3/4/2026 is left without a day: nothing in a sentence says which number is the month.
    const iso = slashed && asDays !== readDate(written, 'mdy') ? onlyReading(written) : asDays
    return { written: cut(written, 40), ...(iso === undefined ? {} : { iso }) }
  })
}

function onlyReading(written: string): string | undefined {
  const [dmy, mdy] = [readDate(written, 'dmy'), readDate(written, 'mdy')]
  return dmy !== undefined && mdy !== undefined ? undefined : (dmy ?? mdy)
}

type FoundNumber = { written: string; context: string }

/** Numbers with the unit or the word behind them, and the words around; dates are left out. */
export function numbersIn(line: string): FoundNumber[] {
  const withoutDates = line
    .replace(DATES, (date) => ' '.repeat(date.length))
    .replace(LINKS, (link) => ' '.repeat(link.length))
  return [...withoutDates.matchAll(NUMBERS)]
    .filter((match) => !/^\s*\d{1,3}[.)]?$/.test(withoutDates.slice(0, match.index + match[0].length)))
    .map((match) => {
      const from = Math.max(0, match.index - 40)
      const until = match.index + match[0].length + 40
      const around = line.slice(from, until).toWellFormed().trim()
      const context = `${from > 0 ? '…' : ''}${around}${until < line.length ? '…' : ''}`
      return { written: cut(match[0].trim(), 60), context: cut(context, 120) }
    })
}

export function withoutLinks(line: string): string {
  return line.includes('://') ? line.replace(LINKS, ' ') : line
}

export function linksIn(line: string): string[] {
  return (line.match(LINKS) ?? []).map((url) => url.replace(/[.,;:!?]+$/, ''))
}
