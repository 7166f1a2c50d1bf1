import { randomUUID } from 'node:crypto'

/** Below which dumps lie in the object store. */
export const dumpsPrefix = 'dumps'

/** No account's id begins so: those tell the time, and this one is long off. */
const mark = 'd0d0d0d0-'

/** Dumps have keys of their own beside the tenants'; whoever walks the keys knows them by their ids. */
export function newDumpId(): string {
  return mark + randomUUID().slice(mark.length)
}

export function isDumpId(id: string): boolean {
  return id.startsWith(mark)
}

/** `2026-11-30T02-00-00Z-1a2b3c4d`: sorts by time. */
export function dumpName(input: { dumpId: string; nowMs: number }): string {
  const moment = new Date(input.nowMs).toISOString().slice(0, 19).replaceAll(':', '-')
  return `${moment}Z-${input.dumpId.slice(-8)}`
}

export function dumpKey(name: string): string {
  return `${dumpsPrefix}/${name}`
}
