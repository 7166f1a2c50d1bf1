import { dayMs } from '../../core/keep-days.ts'
import { type KnownVersion, noticeDays } from '../../core/notices.ts'

/** A version as code carries it. */
export type CodeVersion = Pick<KnownVersion, 'number' | 'effective' | 'fingerprint'>

export type Standing =
  /** It is the one in force, or the mode asks nothing. */
  | { kind: 'holds' }
  /** It is not in force yet and may be from now on. */
  | { kind: 'begins' }
  /** It may not be served, nor may the database be brought to it. A sentence for the operator. */
  | { kind: 'refused'; words: string }

/**
 * How code with this version stands to a database. A hosted Loom serves a version once everybody has been told of it for
 * 14 days. An embedded one is its owner's, who has nobody to announce to but themselves; whoever announces a version all the
 * same is held to it. With no account there is nobody to tell.
 */
export function standingOf(input: {
  version: CodeVersion
  versions: readonly KnownVersion[]
  accounts: boolean
  mode: 'embedded' | 'hosted'
  nowMs: number
}): Standing {
  const { accounts, mode, nowMs, version, versions } = input
  const isFree = mode === 'embedded' || !accounts
  const inForce = versions.findLast(({ inForceAtMs }) => inForceAtMs !== undefined)
  if (inForce === undefined) return { kind: 'begins' }
  if (version.number < inForce.number) {
    if (isFree) return { kind: 'holds' }
    return refused(
      `Version ${inForce.number} of the privacy policy is in force here, and this Loom is of version ${version.number}. Run the newer one.`,
    )
  }
  const own = versions.find(({ number }) => number === version.number)
  const isSame = own?.fingerprint === version.fingerprint
  if (own?.inForceAtMs !== undefined) {
    if (isSame) return { kind: 'holds' }
    return isFree ? { kind: 'begins' } : refused(otherTable(version.number))
  }
  if (own === undefined) return isFree ? { kind: 'begins' } : refused(unannounced(version.number))
  if (!isSame) return refused(otherTable(version.number))
  const earliestMs = earliestMsOf(own)
  if (earliestMs === undefined) return refused(underway(version.number))
  if (nowMs >= earliestMs) return { kind: 'begins' }
  return refused(
    `Version ${version.number} of the privacy policy takes effect on ${dayOf(earliestMs)}, and this Loom is of that version. Run the one before it until then.`,
  )
}

/** The first moment at which a version may take effect; `undefined` while somebody is left to be told. */
export function earliestMsOf({ effective, toldAtMs }: KnownVersion): number | undefined {
  if (toldAtMs === undefined) return undefined
  return Math.max(Date.parse(effective), toldAtMs + noticeDays * dayMs)
}

/** The version that is announced and does not hold yet, the newest where there are several. */
export function announcedOf(versions: readonly KnownVersion[]): KnownVersion | undefined {
  const newest = versions.findLast(
    ({ announcedAtMs, inForceAtMs }) => announcedAtMs !== undefined || inForceAtMs !== undefined,
  )
  return newest?.inForceAtMs === undefined ? newest : undefined
}

/** The day on which something holds at last: a moment within a day counts as the next one. */
export function dayOf(ms: number): string {
  return new Date(Math.ceil(ms / dayMs) * dayMs).toISOString().slice(0, 10)
}

function refused(words: string): Standing {
  return { kind: 'refused', words }
}

function otherTable(number: number): string {
  return `What this Loom would keep is not what version ${number} of the privacy policy says. A changed table needs a new version, announced ${noticeDays} days before: npm run loom -- policy announce.`
}

function unannounced(number: number): string {
  return `This Loom is of version ${number} of the privacy policy, which was never announced. Run the one before it, and announce this one ${noticeDays} days before: npm run loom -- policy announce.`
}

function underway(number: number): string {
  return `Not everybody has been told of version ${number} of the privacy policy yet, and this Loom is of that version. Run the one before it; npm run loom -- policy notices says how far it is.`
}
