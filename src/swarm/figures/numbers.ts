/** A number as one way of writing numbers reads it. `unit` is what one of its last digit is worth. */
export interface Reading {
  value: number
  unit: number
}

/** Digits with what can stand between them in some language: `1,204.50`, `1.204,50`, `1 204`, `1’204`. */
export const digitRun = /\d+(?:[.,'’\u00a0\u202f ]\d+)*/g

const scales: readonly [RegExp, number][] = [
  [/^[\s-]?(?:k\b|thousand|tausend|tsd\b)/i, 1e3],
  [/^[\s-]?(?:m\b|mn\b|mio\b|million)/i, 1e6],
  [/^[\s-]?(?:b\b|bn\b|mrd\b|billion|milliard)/i, 1e9],
]

/** What the word behind a number multiplies it by: `1.2 million`, `3k`, `4,5 Mrd.`. */
export function scaleAfter(text: string, at: number): number {
  const rest = text.slice(at, at + 12)
  return scales.find(([word]) => word.test(rest))?.[1] ?? 1
}

interface Pieces {
  digits: readonly string[]
  separators: readonly string[]
}

export function piecesOf(run: string): Pieces {
  return { digits: run.split(/\D/), separators: run.match(/\D/g) ?? [] }
}

/**
 * The numbers that a run of digits in prose can mean, one list of readings for each number in it. `1.204` has two
 * readings, since one language groups by what another puts before decimals. `1.2.3` is a version and no number.
 */
export function readRun(run: string): { text: string; readings: Reading[] }[] {
  const { digits, separators } = piecesOf(run)
  const whole = readWhole(digits, separators)
  if (whole) return whole.length > 0 ? [{ text: run, readings: whole }] : []
  return digits.map((text) => ({ text, readings: [integer(text)] }))
}

/** `undefined`: no one number; the pieces stand for themselves. Empty: no number at all. */
function readWhole(digits: readonly string[], separators: readonly string[]): Reading[] | undefined {
  const [first = '', second = ''] = digits
  const last = separators.at(-1) ?? ''
  if (separators.length === 0) return [integer(first)]
  if (separators.length === 1) {
    const grouped = isGrouped(digits) ? [integer(digits.join(''))] : []
    const decimal = isPoint(last) ? [fraction(first, second)] : []
    return grouped.length + decimal.length > 0 ? [...grouped, ...decimal] : undefined
  }
  const kinds = new Set(separators)
  if (kinds.size === 1) {
    if (isGrouped(digits)) return [integer(digits.join(''))]
    return last === '.' ? [] : undefined
  }
  const head = digits.slice(0, -1)
  const isOneGroup = new Set(separators.slice(0, -1)).size === 1 && !separators.slice(0, -1).includes(last)
  if (isPoint(last) && isOneGroup && isGrouped(head)) return [fraction(head.join(''), digits.at(-1) ?? '')]
  return undefined
}

export function isGrouped(digits: readonly string[]): boolean {
  const [first = '', ...rest] = digits
  return first.length <= 3 && !/^0/.test(first) && rest.every((piece) => piece.length === 3)
}

export function isPoint(separator: string | undefined): boolean {
  return separator === '.' || separator === ','
}

function integer(digits: string): Reading {
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0
  // 12,300 may stand for 12,304; two digits at least are taken at their word.
  return { value: Number(digits), unit: 10 ** Math.max(0, Math.min(zeros, digits.length - 2)) }
}

function fraction(whole: string, decimals: string): Reading {
  return { value: Number(`${whole}.${decimals}`), unit: 10 ** -decimals.length }
}

/** Whether a number, rounded to the digits that were written, is the number that was written. */
export function roundsTo(value: number, reading: Reading): boolean {
  const most = reading.unit / 2
  return Math.abs(value - reading.value) <= most + Math.abs(reading.value) * 1e-9
}
