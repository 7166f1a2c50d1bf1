// Decimal numbers as whole units of 10^-scale: sums of money must never drift.

export type Scaled = { units: bigint; scale: number }

/** Reads `-12.50`; the string must be a plain decimal with a point. */
export function scaledFrom(decimal: string): Scaled {
  const point = decimal.indexOf('.')
  if (point < 0) return { units: BigInt(decimal), scale: 0 }
  const fraction = decimal.slice(point + 1)
  return { units: BigInt(decimal.slice(0, point) + fraction), scale: fraction.length }
}

export function toScale({ units, scale }: Scaled, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale)
}

export function decimalFrom({ units, scale }: Scaled): string {
  const negative = units < 0n
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const sign = negative ? '-' : ''
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`
}

/** Rounds half away from zero. */
export function divide(dividend: Scaled, divisor: bigint, decimals: number): string {
  const factor = 10n ** BigInt(Math.max(0, decimals - dividend.scale))
  const shrink = 10n ** BigInt(Math.max(0, dividend.scale - decimals))
  const over = dividend.units * factor
  const under = divisor * shrink
  const negative = over < 0n !== under < 0n
  const a = over < 0n ? -over : over
  const b = under < 0n ? -under : under
  const rounded = (2n * a + b) / (2n * b)
  return decimalFrom({ units: negative ? -rounded : rounded, scale: decimals })
}

export function round(decimal: string, decimals: number): string {
  const scaled = scaledFrom(decimal)
  return scaled.scale <= decimals ? decimal : divide(scaled, 1n, decimals)
}

export function add(...decimals: string[]): string {
  const all = decimals.map(scaledFrom)
  const scale = all.reduce((widest, one) => Math.max(widest, one.scale), 0)
  return decimalFrom({ units: all.reduce((sum, one) => sum + toScale(one, scale), 0n), scale })
}

function negate(decimal: string): string {
  const { units, scale } = scaledFrom(decimal)
  return decimalFrom({ units: -units, scale })
}

export function subtract(a: string, b: string): string {
  return add(a, negate(b))
}

export function compare(a: string, b: string): number {
  const { units } = scaledFrom(subtract(a, b))
  return units < 0n ? -1 : units > 0n ? 1 : 0
}

/** `sum / count`, rounded to two decimals more than the sum has. */
export function meanOf(sum: string, count: number): string {
  const scaled = scaledFrom(sum)
  return divide(scaled, BigInt(count), scaled.scale + 2)
}

/** The change from a to b in percent with one decimal, or nothing when a is zero. */
export function changePercent(a: string, b: string): string | undefined {
  const from = scaledFrom(a)
  if (from.units === 0n) return undefined
  const change = scaledFrom(subtract(b, a))
  const scale = Math.max(from.scale, change.scale)
  const base = toScale(from, scale)
  return divide({ units: toScale(change, scale) * 100n, scale: 0 }, base < 0n ? -base : base, 1)
}
