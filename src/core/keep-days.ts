/**
 * How long things are kept, in days from the moment they were made. The numbers alone: what each is for, and what it holds
 * for, stands in `retention/policy.ts`, which is the one table. They lie here because storage writes and compares them.
 */
export const keepDays = {
  /** Briefs, transcripts, and whatever hangs on them. */
  brief: 90,
  /** Files under `final/`, unless somebody starred them. */
  artifact: 90,
  usage: 30,
  audit: 7,
  dump: 30,
  /** The ZIP of an export, and its link. */
  export: 1,
  /** Who asked for one: for the ZIP's day, however late it was made. */
  exportRow: 2,
  /** A request of somebody to the desk: 30 days to answer it, and 90 as the proof that it was. */
  request: 120,
  backup: 7,
  /** A job that waits for people or money for so long ends. */
  suspendedJob: 30,
  /** However a job goes on, it ends before the first of its rows does. */
  jobLife: 60,
} as const

export const dayMs = 86_400_000
