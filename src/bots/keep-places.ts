import type { Store } from '../storage/database.ts'
import { installationVersion } from '../storage/installations/version.ts'
import { together } from './together.ts'

const keepMs = 5 * 60_000
/** A place that is not ours is looked for again soon: it may be installing just now. */
const strangerMs = 5_000
const mostKept = 10_000

/** What stands behind a source, at one version of its installation. */
export interface Found<Place> {
  place: Place
  version: string
}

export interface KeptPlaces<Source, Place> {
  /** The place of a verified source as it is now; `undefined` for a stranger and for one that is revoked. */
  placeOf(source: Source): Promise<Place | undefined>
  /** Forgets what was kept of it: after an install, a revocation, a change of settings. */
  forget(is: (key: string) => boolean): void
}

/**
 * Keeps what is found of installations in memory, for five minutes at most, and uses it only while the installation's
 * version is the same: another process may have changed or revoked it.
 */
export function keepPlaces<Source, Place extends { tenantId: string; installationId: string }>(
  deps: { store: Store },
  by: { keyOf(source: Source): string; open(source: Source): Promise<Found<Place> | undefined> },
): KeptPlaces<Source, Place> {
  const { store } = deps
  const kept = new Map<string, { found: Promise<Found<Place> | undefined>; untilMs: number }>()

  // A busy installation brings hundreds of events a second, and one look serves all that came before it.
  const versionOf = together<Place, string | undefined>({
    lineOf: ({ installationId }) => installationId,
    async ask(places) {
      const [place] = places
      if (!place) return []
      const context = { tenantId: place.tenantId, actor: { kind: 'system' } } as const
      const version = await installationVersion(store, context, place)
      return places.map(() => version)
    },
  })

  const isCurrent = async ({ place, version }: Found<Place>): Promise<boolean> =>
    (await versionOf(place)) === version

  const look = (source: Source): Promise<Found<Place> | undefined> => {
    const key = by.keyOf(source)
    const known = kept.get(key)
    if (known && known.untilMs > store.now()) return known.found
    const found = by.open(source)
    const entry = { found, untilMs: store.now() + keepMs }
    kept.delete(key)
    kept.set(key, entry)
    found.then(
      (there) => {
        if (!there) entry.untilMs = Math.min(entry.untilMs, store.now() + strangerMs)
      },
      () => kept.delete(key),
    )
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return found
  }

  return {
    async placeOf(source) {
      const known = await look(source)
      if (known && !(await isCurrent(known))) kept.delete(by.keyOf(source))
      return (await look(source))?.place
    },
    forget(is) {
      for (const key of kept.keys()) if (is(key)) kept.delete(key)
    },
  }
}
