import { dayMs } from '../../core/keep-days.ts'
import { type KnownVersion, noticeDays } from '../../core/notices.ts'
import type { Store } from '../../storage/database.ts'
import { loadVersions } from '../../storage/notices/versions.ts'
import { announcedOf, dayOf, earliestMsOf } from '../notices/standing.ts'
import { version } from '../policy.ts'
import type { ProofFinding } from './finding.ts'

/** Whether the version that is served is the one in force, with the table that was announced, and how the next one stands. */
export async function proveVersion(store: Store): Promise<ProofFinding[]> {
  const versions = await loadVersions(store)
  const own = versions.find(({ number }) => number === version.number)
  // Before the first start that serves there is nobody to keep it towards.
  const faults = own ? faultsOf(own) : versions.length > 0 ? ['never noted'] : []
  const next = announcedOf(versions)
  return [
    {
      part: 'version',
      name: `version ${version.number}`,
      limit: `its own table, announced ${noticeDays} d before`,
      found: [
        ...(faults.length > 0
          ? faults
          : [own ? `in force since ${dayAt(own.inForceAtMs)}` : 'not served yet']),
        ...nextWords(next),
      ].join('; '),
      breach: faults.length > 0,
    },
  ]
}

/** The first version of a database was announced to nobody, because nobody was there. */
function faultsOf({ announcedAtMs, fingerprint, inForceAtMs, toldAtMs }: KnownVersion): string[] {
  const isEarly =
    announcedAtMs !== undefined &&
    inForceAtMs !== undefined &&
    (toldAtMs === undefined || inForceAtMs < toldAtMs + noticeDays * dayMs)
  return [
    ...(fingerprint === version.fingerprint ? [] : ['another table than was announced']),
    ...(inForceAtMs === undefined ? ['not in force'] : []),
    ...(isEarly ? [`in force less than ${noticeDays} d after the notices`] : []),
  ]
}

function nextWords(next: KnownVersion | undefined): string[] {
  if (!next) return []
  const earliestMs = earliestMsOf(next)
  const when = earliestMs === undefined ? 'notices are on their way' : `from ${dayOf(earliestMs)}`
  return [`version ${next.number} announced, ${when}`]
}

function dayAt(ms: number | undefined): string {
  return ms === undefined ? 'never' : new Date(ms).toISOString().slice(0, 10)
}
