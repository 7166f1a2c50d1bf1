import type { Progress } from '../../port/progress.ts'
import type { Posted } from './ref.ts'

/** What was found or posted of one delivery, by the names of its parts. */
export interface Noted {
  parts: Map<string, Posted>
  /** How far a search has come, for the next try. */
  cursor: string
  /** What one file of it may have, from its first try on. */
  uploadBytes?: number
}

export type DiscordProgress = Progress & Noted

export function nothingNoted(): Noted {
  return { parts: new Map(), cursor: '' }
}
