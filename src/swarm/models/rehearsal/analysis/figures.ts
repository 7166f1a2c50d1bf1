import { decimalFrom, meanOf, type Scaled, toScale } from './exact.ts'
import type { ColumnProfile } from './schema.ts'

type Figures = {
  numbers: NonNullable<ColumnProfile['numbers']>
  units: (bigint | undefined)[]
  scale: number
}

/** Exact figures of a dictionary column: each distinct number with how often it stands there. */
export function figuresOf(results: readonly (Scaled | undefined)[], counts: readonly number[]): Figures {
  const scale = results.reduce((widest, one) => Math.max(widest, one?.scale ?? 0), 0)
  const units = results.map((one) => (one ? toScale(one, scale) : undefined))
  let sum = 0n
  let count = 0
  const found: { units: bigint; count: number }[] = []
  units.forEach((value, code) => {
    const times = counts[code] ?? 0
    if (value === undefined || times === 0) return
    sum += value * BigInt(times)
    count += times
    found.push({ units: value, count: times })
  })
  found.sort((a, b) => (a.units < b.units ? -1 : a.units > b.units ? 1 : 0))
  const decimal = (value: bigint) => decimalFrom({ units: value, scale })
  const total = decimal(sum)
  const numbers = {
    count,
    min: decimal(found[0]?.units ?? 0n),
    max: decimal(found.at(-1)?.units ?? 0n),
    sum: total,
    mean: count === 0 ? '0' : meanOf(total, count),
    median: medianOf(found, count, scale),
  }
  return { numbers, units, scale }
}

function medianOf(sorted: readonly { units: bigint; count: number }[], count: number, scale: number): string {
  if (count === 0) return '0'
  const at = (rank: number): bigint => {
    let passed = 0
    for (const { units, count: times } of sorted) {
      passed += times
      if (passed > rank) return units
    }
    return 0n
  }
  const lower = at(Math.floor((count - 1) / 2))
  const upper = at(Math.floor(count / 2))
  if (lower === upper) return decimalFrom({ units: lower, scale })
  const sum = lower + upper
  return sum % 2n === 0n
    ? decimalFrom({ units: sum / 2n, scale })
    : decimalFrom({ units: sum * 5n, scale: scale + 1 })
}
