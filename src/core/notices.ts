/** `unreachable`: Loom keeps no address of that person, or none that mail can go to. */
export const noticeStates = ['open', 'sent', 'refused', 'unreachable'] as const
export type NoticeState = (typeof noticeStates)[number]

/** So long after the last notice of a new version was taken it can take effect, at the earliest. */
export const noticeDays = 14

/** What the database knows of a version of the policy. */
export interface KnownVersion {
  number: number
  /** The day that the version itself names, `2027-02-01`. */
  effective: string
  /** A hash of what binds in its table. */
  fingerprint: string
  /** What it changes, a sentence each. */
  changes: readonly string[]
  announcedAtMs: number | undefined
  /** Everybody who is to be told is on the list. */
  listedAtMs: number | undefined
  /** The last notice was taken; nobody is left to be told. */
  toldAtMs: number | undefined
  inForceAtMs: number | undefined
}
