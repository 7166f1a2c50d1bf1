import { randomBytes } from 'node:crypto'

/** Discord counts its milliseconds from the first of January 2015. */
const epochMs = 1_420_070_400_000

const mostInAMoment = 1 << 22
let made = 0

/** An id of its moment, later than every one before that a clock which never goes back gave. */
export function newId(nowMs: number): string {
  made = (made + 1) % mostInAMoment
  return String((BigInt(Math.floor(nowMs) - epochMs) << 22n) + BigInt(made))
}

export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + epochMs
}

export function newSecret(bytes = 24): string {
  return randomBytes(bytes).toString('base64url')
}

/** Ids are compared as numbers: a shorter one is an older one. */
export function isBefore(left: string, right: string): boolean {
  return BigInt(left) < BigInt(right)
}

export function shardOf(guildId: string | undefined, shards: number): number {
  return guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(shards))
}
