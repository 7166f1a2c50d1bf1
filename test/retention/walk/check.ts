import {
  type Copy,
  type Holding,
  mayDumpBeThere,
  mayExportBeThere,
  spanOf,
  unreadableFromMs,
} from './expected.ts'
import type { InDump, Sighting } from './look.ts'
import { kindsAt } from './places.ts'
import type { Recorder } from './record.ts'

/** When it is looked: the night's work began then, and it is so late now. */
export interface Moment {
  nightMs: number
  nowMs: number
}

/** What stands where it must not stand any more, or never had to. In words, without an end to what is listed. */
export function tooLong(
  { past }: Recorder,
  sightings: Iterable<Sighting>,
  { nightMs }: Moment,
  copy: Copy = 'live',
): string[] {
  const seen = new Set<string>()
  const faults: string[] = []
  for (const { canary, copiedMs, place } of sightings) {
    const at = `${canary} in ${place}`
    if (seen.has(at)) continue
    seen.add(at)
    if (place === 'objects:exports' && mayExportBeThere(copiedMs ?? 0, nightMs)) continue
    const allowed = kindsAt(place)
    const held = (past.holdings.get(canary) ?? []).filter(({ kind }) => allowed.includes(kind))
    if (held.length === 0) faults.push(`${at}: it had never to stand there`)
    else if (held.every((holding) => spanOf(past, holding, copy).goneFromMs <= nightMs))
      faults.push(`${at}: ${inWords(past, held)}`)
  }
  return faults
}

function inWords(past: Recorder['past'], held: readonly Holding[]): string {
  return held
    .map((holding) => {
      const { kind, madeMs } = holding
      const date = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16) : 'never')
      return `${kind} of ${date(madeMs)}, gone from ${date(spanOf(past, holding).goneFromMs)}`
    })
    .join('; ')
}

/** What has to be there and is not, in no place of its kind. */
export function missing({ past }: Recorder, sightings: Iterable<Sighting>, { nowMs }: Moment): string[] {
  const places = new Map<string, Set<string>>()
  for (const { canary, place } of sightings) {
    const found = places.get(canary) ?? new Set()
    places.set(canary, found.add(place))
  }
  const faults: string[] = []
  for (const [canary, held] of past.holdings) {
    for (const holding of held) {
      if (spanOf(past, holding).thereUntilMs <= nowMs) continue
      const found = [...(places.get(canary) ?? [])].some((place) => kindsAt(place).includes(holding.kind))
      if (!found) faults.push(`${canary} is missing: ${inWords(past, [holding])}`)
    }
  }
  return faults
}

/** Of a dump that somebody opens now: what of it can be read although its account is gone. */
export function readable(
  { past }: Recorder,
  dump: { madeMs: number; sightings: readonly InDump[] },
  { nightMs, nowMs }: Moment,
): string[] {
  if (!mayDumpBeThere(dump.madeMs, nightMs))
    return [`a dump of ${new Date(dump.madeMs).toISOString()} is there`]
  return dump.sightings
    .filter(({ tenantId }) => unreadableFromMs(past, tenantId) <= nowMs)
    .map(({ canary, place }) => `${canary} in ${place} of a dump, whose account is gone`)
}
