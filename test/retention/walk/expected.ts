/**
 * What the published policy says of what was written, in pure functions and by its own words: none of it looks at the
 * code's table, so that a wrong period there is found.
 */
const day = 86_400_000
const days = {
  brief: 90,
  artifact: 90,
  audit: 7,
  export: 1,
  unfinished: 1,
  word: 2,
  dump: 30,
  request: 120,
} as const
/** "Tombstoned within 24 hours", and the rows gone within another: what is done sooner is well done. */
const untilTombstone = day
const untilErased = 2 * day
const untilForgotten = day

export type Kind =
  /** What hangs on a brief: it goes with it, or sooner when it is old enough by itself. */
  | 'brief'
  | 'message'
  | 'file'
  | 'audit'
  /** Who somebody is, and which thread: as long as something else of theirs is kept. */
  | 'subject'
  /** Settings of the account: until somebody removes them or the account goes. */
  | 'account'
  | 'unfinished'
  /** What Loom says without a brief: until the platform has it, or nobody tries any more. */
  | 'word'
  /** What somebody asked of the desk, and its answer. */
  | 'request'

/** One place of one kind in which a canary was put. */
export interface Holding {
  kind: Kind
  tenantId: string
  madeMs: number
  /** When the brief was made that it hangs on. */
  withMs?: number
  /** Whose words the brief took decides who can have it forgotten. */
  briefId?: string
  /** Who wrote it. */
  by?: string
  fileId?: string
  /** The person or thread that it names. */
  subjectId?: string
  /** Somebody took it away by hand. */
  removedMs?: number
  /** It may stand there or not, as the product needs it; it is bound by its time all the same. */
  isOptional?: boolean
}

export interface PastBrief {
  /** Whose words it took, each from when on. */
  people: Map<string, number>
  /** Earlier briefs whose answer or files it took. */
  takes: string[]
}

/** What people did, as far as the policy gives it a meaning. */
export interface Past {
  holdings: Map<string, Holding[]>
  briefs: Map<string, PastBrief>
  /** `unstarredMs` is empty while the star is there. */
  stars: Map<string, { unstarredMs: number | undefined }>
  /** `isUndoable`: for a day nothing is gone yet. */
  deleted: Map<string, { atMs: number; isUndoable: boolean }>
  forgotten: { tenantId: string; personId: string; atMs: number }[]
  /** What refers to a person or a thread. */
  uses: Map<string, Holding[]>
  /** People who are kept whatever refers to them: owners and members. */
  lasting: Set<string>
}

export function noPast(): Past {
  return {
    ...{ holdings: new Map(), briefs: new Map(), stars: new Map(), deleted: new Map() },
    ...{ forgotten: [], uses: new Map(), lasting: new Set() },
  }
}

/** Until when it has to be there, and from when on it may be nowhere. */
export interface Span {
  thereUntilMs: number
  goneFromMs: number
}

/**
 * `restored`: in an older copy of the database, where a star or a removal since then is unknown. `shown`: to the
 * application, which sees each row until its own time is over; what hangs on an older brief goes with that the next night.
 */
export type Copy = 'live' | 'restored' | 'shown'

export function spanOf(past: Past, holding: Holding, copy: Copy = 'live'): Span {
  const { goneFromMs, thereUntilMs } = byAge(past, holding, copy)
  const bounds = [{ goneFromMs, thereUntilMs }]
  const deleted = past.deleted.get(holding.tenantId)
  if (deleted) {
    const { atMs, isUndoable } = deleted
    bounds.push({
      thereUntilMs: isUndoable ? atMs + untilTombstone : atMs,
      goneFromMs: unreadableFromMs(past, holding.tenantId),
    })
  }
  for (const { atMs, personId, tenantId } of past.forgotten) {
    if (tenantId !== holding.tenantId || atMs < holding.madeMs) continue
    if (isOf(past, holding, { personId, atMs }))
      bounds.push({ thereUntilMs: atMs, goneFromMs: atMs + untilForgotten })
  }
  const { removedMs } = holding
  if (removedMs !== undefined && copy !== 'restored')
    bounds.push({ thereUntilMs: removedMs, goneFromMs: removedMs })
  return {
    thereUntilMs: holding.isOptional
      ? holding.madeMs
      : Math.min(...bounds.map((bound) => bound.thereUntilMs)),
    goneFromMs: Math.min(...bounds.map((bound) => bound.goneFromMs)),
  }
}

function byAge(past: Past, holding: Holding, copy: Copy): Span {
  const { kind, madeMs, withMs = madeMs } = holding
  switch (kind) {
    case 'brief':
    case 'message':
      return until((copy === 'shown' ? madeMs : Math.min(madeMs, withMs)) + days.brief * day)
    case 'file':
      return fileSpan(past, holding, copy)
    case 'audit':
      return until(madeMs + days.audit * day)
    case 'request':
      return until(madeMs + days.request * day)
    case 'account':
      return until(Number.POSITIVE_INFINITY)
    case 'unfinished':
    case 'word':
      return { thereUntilMs: madeMs, goneFromMs: madeMs + days[kind] * day }
    case 'subject':
      return { thereUntilMs: madeMs, goneFromMs: subjectGoneMs(past, holding, copy) }
    default:
      return kind satisfies never
  }
}

const until = (ms: number): Span => ({ thereUntilMs: ms, goneFromMs: ms })

function fileSpan(past: Past, { fileId = '', madeMs }: Holding, copy: Copy): Span {
  const star = past.stars.get(fileId)
  const endMs = madeMs + days.artifact * day
  if (!star) return until(endMs)
  if (star.unstarredMs === undefined || copy === 'restored') return until(Number.POSITIVE_INFINITY)
  // Whose star is taken late goes the next night.
  return {
    thereUntilMs: Math.max(endMs, star.unstarredMs),
    goneFromMs: Math.max(endMs, star.unstarredMs + day / 2),
  }
}

function subjectGoneMs(past: Past, { madeMs, subjectId = '' }: Holding, copy: Copy): number {
  if (past.lasting.has(subjectId)) return Number.POSITIVE_INFINITY
  const uses = past.uses.get(subjectId) ?? []
  return Math.max(madeMs + days.brief * day, ...uses.map((use) => spanOf(past, use, copy).goneFromMs))
}

/** Whether it is a person's words, or made of a brief that took some until they asked for it to be forgotten. */
function isOf(past: Past, holding: Holding, who: { personId: string; atMs: number }): boolean {
  if (holding.by === who.personId) return true
  return holding.briefId !== undefined && cites(past, holding.briefId, who)
}

/** Whose words a brief took, those of the earlier ones that it is made of included. */
export function peopleOf(past: Past, briefId: string): Set<string> {
  const people = new Set<string>()
  const made = new Set([briefId])
  for (const id of made) {
    const brief = past.briefs.get(id)
    for (const personId of brief?.people.keys() ?? []) people.add(personId)
    for (const earlier of brief?.takes ?? []) made.add(earlier)
  }
  return people
}

function cites(past: Past, briefId: string, who: { personId: string; atMs: number }): boolean {
  const brief = past.briefs.get(briefId)
  const sinceMs = brief?.people.get(who.personId)
  if (sinceMs !== undefined && sinceMs <= who.atMs) return true
  return brief?.takes.some((earlier) => cites(past, earlier, who)) ?? false
}

/** An export is a copy of what its account has, whatever that is, for a day. */
export function mayExportBeThere(madeMs: number, nightMs: number): boolean {
  return madeMs + days.export * day > nightMs
}

/** Whether a dump of that moment may still be there. */
export function mayDumpBeThere(madeMs: number, nightMs: number): boolean {
  return madeMs + days.dump * day > nightMs
}

/** Whether a deletion can still be taken back. */
export function mayStillUndo(past: Past, { atMs, tenantId }: { atMs: number; tenantId: string }): boolean {
  const deleted = past.deleted.get(tenantId)
  return !deleted || (deleted.isUndoable && atMs < deleted.atMs + untilTombstone)
}

/** From when on nothing of an account can be read anywhere, old dumps included. */
export function unreadableFromMs(past: Past, tenantId: string): number {
  const deleted = past.deleted.get(tenantId)
  return deleted ? deleted.atMs + untilErased : Number.POSITIVE_INFINITY
}
