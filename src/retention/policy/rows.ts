/** What a row of the table says; `retention/policy.ts` has the rows. */

/** The kinds of data that the privacy page tells of. */
export const categories = ['account', 'brief', 'artifact', 'usage', 'audit', 'operation', 'receipt'] as const
export type Category = (typeof categories)[number]

/** How long something is kept. Days count from the creation of the row or object. */
export type Keeps =
  /** So long, then it is invisible at once and gone the next night. */
  | { rule: 'age'; days: number }
  /** The same, and never longer than the row it hangs on. */
  | { rule: 'with'; parent: string; days: number }
  /** So long, unless somebody starred it; from then on until the star is taken away. */
  | { rule: 'star'; days: number }
  /** As long as something that is kept refers to it; looked at once it is so old. */
  | { rule: 'cited'; days: number }
  /** While something waits for it, and no longer than so. */
  | { rule: 'waiting'; days: number }
  /** As long as the account exists and does not remove it. */
  | { rule: 'account' }
  /** Without an end: it tells of nobody. */
  | { rule: 'receipt' }
  /** So many minutes in memory. */
  | { rule: 'memory'; minutes: number }

/**
 * What removes a thing when its time is over: the function's own name. Those of the purge stand in `retention/purge/`, the
 * others in `storage/erasure/` and `storage/dump/`; a test finds each.
 */
export const eraserNames = [
  /** Rows by age, across accounts, in batches. */
  'purgeByAge',
  /** Briefs with their jobs, all that hangs on them, and their objects. */
  'purgeBriefs',
  'purgeMessages',
  'purgeArtifacts',
  /** Threads and people that nothing refers to any more. */
  'purgeUncited',
  /** Rows of the closed list that nothing waits for any more. */
  'purgeWaiting',
  /** Objects that no row names, unfinished uploads, prefixes with days of their own. */
  'purgeObjects',
  /** Dumps, each with the key that it was written under. */
  'removeOldDumps',
  /** The deletion of an account, and what its owner removes by hand. */
  'eraseStep',
  /** It forgets by itself: memory, a queue's own bound, a setting of the place. */
  'itself',
  /** Nothing: it tells of nobody, or is not ours to remove. */
  'nothing',
] as const
export type EraserName = (typeof eraserNames)[number]

export interface PolicyRow {
  category: Category
  /** For the page: what it is there for, in one line. */
  purpose: string
  keeps: Keeps
  eraser: EraserName
  /** Why it may stay although its account goes, where the law or a proof asks for it. */
  exception?: string
  /** Whether the nightly dump leaves it out. */
  undumped?: true
}

/** What a column holds: words and names of files of people; who somebody is; a key or token; none of it. */
export const columnClasses = ['content', 'person', 'secret', 'plain'] as const
export type ColumnClass = (typeof columnClasses)[number]

export const age = (days: number): Keeps => ({ rule: 'age', days })
export const goesWith = (parent: string, days: number): Keeps => ({ rule: 'with', parent, days })

/** The days of a row that has some. */
export function daysOf({ keeps }: PolicyRow): number | undefined {
  return 'days' in keeps ? keeps.days : undefined
}

/** By when the purge must have been through: the next night, and the time that it takes. */
export const purgedWithinHours = 26
