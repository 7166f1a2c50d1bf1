import type { Progress } from '../../port/progress.ts'
import type { Search } from './find-posted.ts'

/** What is known of one delivery: how far its posting has come, and what was found of it in the thread. */
export type SlackProgress = Progress & Search

export function freshSearch(): Search {
  return { parts: new Map(), files: new Set(), cursor: '' }
}
