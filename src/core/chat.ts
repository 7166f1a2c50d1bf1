import type { Readable } from 'node:stream'
import type { ErrorKind } from './errors.ts'
import type { CostEstimate } from './estimate.ts'
import type { JobState } from './job-states.ts'
import type { ThreadId } from './thread-id.ts'
import type { DeliveryKind, Platform, SuspendReason, TaskState } from './words.ts'

/** One agent on the card. `activity` is in the person's words: what it does now or what it found. */
export interface CardRow {
  key: string
  title: string
  state: TaskState
  activity: string
  step: number
  costMicroUsd: number
  waitsFor: readonly string[]
  /** Whole minutes since it was last heard of, while it runs or is about to; counted with the job's own minutes. */
  quietMinutes?: number | undefined
}

/** The one message of a job that changes in place. */
export interface Card {
  jobId: string
  title: string
  state: JobState
  reason: SuspendReason | undefined
  done: number
  total: number
  costMicroUsd: number
  capMicroUsd: number
  /** What the whole job is likely to cost, once there is a plan that costs anything. */
  estimate?: CostEstimate | undefined
  startedAtMs: number
  endedAtMs: number | undefined
  /** Set once something was said to the running job: how many agents have read the newest of it, and whom it is for. */
  said: { heardBy: number; to?: string | undefined } | undefined
  rows: readonly CardRow[]
}

/** A file of the answer. `url` is Loom's own signed link; `localPath` is set where the file lies on this machine. */
export interface AnswerFile {
  artifactId: string
  path: string
  mediaType: string
  bytes: number
  sha256: string
  url: string | undefined
  localPath: string | undefined
  /** Kept until the star is taken away. */
  starred: boolean
  /** Its bytes, for ports that upload. */
  read?: () => Promise<Readable>
}

export interface ReceiptLine {
  provider: string
  model: string
  steps: number
  inputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  outputTokens: number
  costMicroUsd: number
}

/** Steps that went to another model than the first of their tier. Names are `provider/model`. */
export interface ReceiptHandover {
  from: string
  to: string
  reason: ErrorKind
  steps: number
}

/** What a job cost, by agent and model. Token counts are the providers' own. */
export interface Receipt {
  agents: number
  steps: number
  durationMs: number
  costMicroUsd: number
  capMicroUsd: number
  models: readonly ReceiptLine[]
  byAgent: readonly { title: string; steps: number; costMicroUsd: number }[]
  handovers: readonly ReceiptHandover[]
}

export interface Answer {
  jobId: string
  /** What the job is called on its card. */
  title: string
  outcome: 'done' | 'failed' | 'cancelled'
  /** Markdown. For `failed` and `cancelled`: what happened, what was kept, what to do now. */
  markdown: string
  files: readonly AnswerFile[]
  receipt: Receipt
}

export interface Notice {
  text: string
  /** The platform's id of the one person who is to see it, where the platform can do that. */
  onlyFor?: string
}

/** A question of one agent, what came of it, and by whom. The asker's task is named by its title. */
export interface Question {
  jobId: string
  questionId: string
  asker: string
  text: string
  choices: readonly string[]
  state: 'open' | 'answered' | 'withdrawn'
  answer: string | undefined
  answeredBy: string | undefined
}

/** Something that an agent may not do unasked, and what was decided, by whom. */
export interface Approval {
  jobId: string
  approvalId: string
  asker: string
  tool: string
  /** What is about to be done, in one sentence. */
  request: string
  state: 'open' | 'approved' | 'denied' | 'expired' | 'withdrawn'
  pressedBy: string | undefined
  expiresAtMs: number
}

export type OutMessage =
  | { kind: 'card'; card: Card }
  | { kind: 'answer'; answer: Answer }
  | { kind: 'question'; question: Question }
  | { kind: 'approval'; approval: Approval }
  | { kind: 'notice'; notice: Notice }

/** Where a posted message can be found again: the platform's own id, opaque to everyone but its port. */
export type MessageRef = string

/** What became of a post: taken away, not there any more, or not to be had: it stays until somebody deletes it there. */
export type Removal = 'removed' | 'gone' | 'kept'

/**
 * A platform as the outbox sees it. Every port passes the same contract suite (`test/contracts`).
 *
 * - `post` shows the message once for each `nonce`, as far as the platform can tell, and answers its reference.
 * - `edit` replaces a posted message in place; editing with the same content is harmless.
 * - `remove` takes a post away again with all its messages and files, and nothing else. `kept` where any of them cannot be
 *   removed: a permission is missing, the place is closed to Loom. Idempotent; broken off, it goes on from where it was.
 * - All throw `LoomError`: `retryable` when the platform may take it later, otherwise final.
 * - A message that is too long is split or moved to a file, never cut silently.
 * - Text from outside is made harmless: no mention, control sequence or markup of the platform gets through.
 */
export interface ChatPort {
  readonly platform: Platform
  /** The shortest time between two edits of one card, in milliseconds. */
  readonly editEveryMs: number
  /** After so long without news a card that has not ended is shown again, so that time is seen to pass; never without it. */
  readonly renewEveryMs?: number
  /** Whether this process can reach the thread now; a delivery for another thread is left to another process. */
  serves(thread: ThreadId): boolean
  /** With `mayBeShown` an earlier try under this nonce may have been taken, by this process or one that is gone. */
  post(
    thread: ThreadId,
    message: OutMessage,
    options: { nonce: string; mayBeShown?: boolean },
  ): Promise<MessageRef>
  edit(thread: ThreadId, ref: MessageRef, message: OutMessage): Promise<void>
  remove(thread: ThreadId, ref: MessageRef): Promise<Removal>
  /** Takes away what else of Loom's shows in a thread on this platform, once its posts are removed. Idempotent. */
  clear?(thread: ThreadId): Promise<Removal>
}

/** A platform with many installations: one port for each, found by whose delivery it is. */
export interface ChatPorts {
  readonly platform: Platform
  readonly editEveryMs: number
  /** Throws `forbidden` when the installation is gone or its token refused. */
  portFor(installation: { tenantId: string; installationId: string }): Promise<ChatPort>
}

/** A delivery as the outbox holds it: claimed, not yet confirmed by the platform. */
export interface HeldDelivery {
  id: string
  tenantId: string
  installationId: string
  /** Missing for a word to a thread that has no job. */
  jobId: string | undefined
  thread: ThreadId
  kind: DeliveryKind
  ref: MessageRef | undefined
  attempts: number
}
