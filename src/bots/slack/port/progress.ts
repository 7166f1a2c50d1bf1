import type { Progress } from '../../port/progress.ts'
import type { Search } from './find-posted.ts'

interface Noted extends Search {
  /** Slack's ids of its own files that are in the thread. */
  uploads: Set<string>
}

/** What is known of one delivery: how far its posting has come, and what was found of it in the thread. */
export type SlackProgress = Progress & Noted

export function freshSearch(): Noted {
  return { parts: new Map(), files: new Map(), uploads: new Set(), cursor: '' }
}
