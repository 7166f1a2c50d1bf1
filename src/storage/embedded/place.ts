import type { Account } from './run.ts'

/** What every step needs to know about one embedded server. All paths are absolute and real. */
export type Place = {
  home: string
  native: string
  account: Account | undefined
  stagingDir: string
  say: (line: string) => void
  /** Says once that files stand outside the person's folder. */
  announceStaging: () => void
}

/** A place whose data directory exists. */
export type Cluster = Place & { dataDir: string }
