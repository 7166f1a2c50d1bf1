import { type Scaled, scaledFrom } from './exact.ts'

export type DecimalStyle = 'point' | 'comma'
export type ReadNumber = Scaled & { mark: string }

const LONGEST_CELL = 64
const PLAIN = /^-?\d{1,15}$/
const MARKS =
  'US\\$|[$€£¥₹₺₩₽]|(?:EUR|USD|GBP|CHF|JPY|PLN|SEK|NOK|DKK|CZK|HUF|CAD|AUD|NZD|INR|BRL|ZAR)(?![A-Za-z])'
const SHAPE = new RegExp(
  `^(\\()?([-+−])?\\s?(${MARKS})?\\s?([-+−])?(\\d[\\d.,'’ \\u00a0\\u202f]*|[.,]\\d+)(e[-+]?\\d{1,2})?\\s?(%|${MARKS})?([-−])?(\\))?$`,
  'i',
)
const POINT = /^(?:(\d*)|([1-9]\d{0,2}(?:([,'’ \u00a0\u202f])\d{3})(?:\3\d{3})*))(?:\.(\d+))?$/
const COMMA = /^(?:(\d*)|([1-9]\d{0,2}(?:([.'’ \u00a0\u202f])\d{3})(?:\3\d{3})*))(?:,(\d+))?$/

/**
 * Reads one cell as a number in one decimal style, exactly; nothing when it is no number in that style.
 * `mark` is `%`, a currency, or empty. `(12)` and `12-` are negative, as in accounting.
 */
export function readNumber(cell: string, style: DecimalStyle): ReadNumber | undefined {
  if (PLAIN.test(cell)) return { units: BigInt(cell), scale: 0, mark: '' }
  if (cell.length > LONGEST_CELL || !/\d/.test(cell)) return undefined
  const shape = SHAPE.exec(cell)
  if (!shape) return undefined
  const [, open, sign, markBefore, signAfter, body = '', exponent, markAfter, signBehind, close] = shape
  if ((open === undefined) !== (close === undefined)) return undefined
  const signs = [sign, signAfter, signBehind, open].filter((one) => one !== undefined)
  if (signs.length > 1 || (markBefore !== undefined && markAfter !== undefined)) return undefined
  const parts = (style === 'point' ? POINT : COMMA).exec(body.trimEnd())
  if (!parts) return undefined
  const [, bare, grouped, , fraction = ''] = parts
  const whole = bare ?? grouped?.replace(/\D/g, '') ?? ''
  const value = scaledFrom(`${whole || '0'}${fraction && `.${fraction}`}`)
  const power = exponent === undefined ? value : raised(value, Number(exponent.slice(1)))
  const negative = signs[0] !== undefined && signs[0] !== '+'
  const units = negative ? -power.units : power.units
  return { units, scale: power.scale, mark: (markBefore ?? markAfter ?? '').toUpperCase() }
}

function raised({ units, scale }: Scaled, power: number): Scaled {
  const wanted = scale - power
  return wanted >= 0 ? { units, scale: wanted } : { units: units * 10n ** BigInt(-wanted), scale: 0 }
}

/** `007` and `01234` are codes: as numbers they would lose their zeros. */
export function looksLikeCode(cell: string): boolean {
  return /^[+]?0\d+$/.test(cell) || /^\+?\d{16,}$/.test(cell)
}

type StyleVotes = { point: number; comma: number; ambiguous: number }

/** How often cells can only be read with a decimal point, only with a comma, or differently with each. */
export function votesOf(values: readonly string[], counts: readonly number[]): StyleVotes {
  const votes = { point: 0, comma: 0, ambiguous: 0 }
  values.forEach((value, index) => {
    if (!/[.,]/.test(value) || value.length > LONGEST_CELL) return
    const point = readNumber(value, 'point')
    const comma = readNumber(value, 'comma')
    const weight = counts[index] ?? 0
    if (point && comma) votes.ambiguous += weight
    else if (point) votes.point += weight
    else if (comma) votes.comma += weight
  })
  return votes
}
