import type { ThreadId } from './thread-id.ts'

/** A file that somebody attached: where its port fetches it from, and the name it came with. */
export interface FileSource {
  name: string
  /** Understood by the platform's own `FileFetcher` alone: a path, a URL, an id. */
  source: string
}

/**
 * Sources that belong to no platform: the text itself, as in `inline:name,seats…`, and an object of an earlier job of
 * the same account, as in `job:<job id>:<sha256>` for what it was given and `made:<job id>:<sha256>` for what it made.
 */
export const ownSources = { inline: 'inline:', job: 'job:', made: 'made:' } as const

/** Who wrote a message. `loom`: Loom itself, in this thread; `bot`: any other program. */
export interface Author {
  kind: 'person' | 'bot' | 'loom'
  /** The platform's id of the person or program. */
  externalId: string
  /** Missing where the platform's payload has none and nobody has asked for it yet. */
  name?: string
}

/** A message of a thread as an adapter read it: words without markup of the platform, files to fetch. */
export interface ThreadMessage {
  /** The platform's identity of this message; the same one is kept once. */
  key: string
  author: Author
  text: string
  files: readonly FileSource[]
  saidAtMs: number
}

/** What an adapter makes of a platform's payload, once the library has verified it. */
export interface Mention {
  thread: ThreadId
  /** The platform's identity of this message or command; the same one is taken once. */
  key: string
  author: { externalId: string; name?: string }
  text: string
  files: readonly FileSource[]
  saidAtMs: number
  capMicroUsd?: number
  /** Where the author's clock stands, as an IANA name: what "at 8" means; UTC without it. */
  timeZone?: string
  /** Said beside every thread in a direct conversation: one more word for the job that its author has just opened there. */
  joinsTurn?: boolean
  /** More was said in the thread before, which nobody has fetched yet: it is read before anything is planned. */
  hasHistory?: boolean
}

/** What an agent is asked: a row of the plan as the task keeps it. */
export interface TaskSpec {
  key: string
  title: string
  objective: string
  output: string
  files: readonly string[]
  /** Names of the only tools that it may use; all of them without it. */
  tools?: readonly string[]
  /** Paths under final/ that it is expected to have written at its end. */
  artifacts?: readonly string[]
  /** The ordinal of the step of the waiting task that asked for this one in the middle of its work. */
  asked?: number
}
