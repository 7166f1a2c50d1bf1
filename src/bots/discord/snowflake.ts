import { z } from 'zod'

const epochMs = 1_420_070_400_000

export const snowflake = z.string().regex(/^\d{15,21}$/)

/** When something of Discord was made, in milliseconds: its id says so. */
export function momentOf(id: string): number {
  return Number(BigInt(id) >> 22n) + epochMs
}

/** The smallest id of a moment: what is made from then on has a larger one. */
export function snowflakeAt(ms: number): string {
  return (BigInt(Math.max(0, Math.floor(ms) - epochMs)) << 22n).toString()
}

/** The order in which things were made. */
export function byAge(one: { id: string }, other: { id: string }): number {
  const difference = BigInt(one.id) - BigInt(other.id)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
