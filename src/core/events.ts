import type { ErrorKind } from './errors.ts'
import type { SuspendReason } from './words.ts'

/**
 * Everything that happens to a job, in the order in which it happened: stored sealed, numbered without gaps, shown
 * by every live view. A new kind is added here and nowhere else.
 */
export type JobEvent =
  | { kind: 'received'; files: number }
  | { kind: 'file_refused'; name: string; reason: string }
  | { kind: 'planned'; tasks: number }
  /** The plan was changed after it began. */
  | { kind: 'replanned'; added: number; dropped: number }
  | { kind: 'task_started' }
  /** A tool ran in this step, or was asked for and refused: its name, nothing of what went in or came out. */
  | { kind: 'tool'; ordinal: number; name: string; isError: boolean }
  | { kind: 'step'; ordinal: number; activity: string; costMicroUsd: number }
  /** A summary stands for the steps before this ordinal from here on; the steps themselves are kept. */
  | { kind: 'compacted'; standsForBefore: number; costMicroUsd: number }
  /** The calls of a step that was told before have been run: those that reach outside. */
  | { kind: 'acted'; ordinal: number; activity: string }
  | { kind: 'asked' }
  | { kind: 'answered' }
  | { kind: 'approval_asked'; tool: string }
  | { kind: 'approval_pressed'; tool: string; state: 'approved' | 'denied' | 'expired' }
  /** It stands still for a reason outside: what the card says meanwhile. */
  | { kind: 'delayed'; message: string }
  /** The step of this task went to another model than the first of its tier. */
  | { kind: 'handed_over'; from: string; to: string; reason: ErrorKind }
  | { kind: 'artifact'; path: string; bytes: number }
  | { kind: 'path_conflict'; path: string; keptAs: string }
  | { kind: 'task_done' }
  | { kind: 'task_failed'; error: ErrorKind; message: string }
  /** A person left this agent out, or had it begin again, together with those that had built on its result. */
  | { kind: 'dropped' }
  | { kind: 'rerun'; with: number }
  | { kind: 'task_dropped' }
  | { kind: 'steered' }
  | { kind: 'heard'; messages: number }
  | { kind: 'suspended'; reason: SuspendReason }
  | { kind: 'resumed' }
  | { kind: 'cap_changed'; capMicroUsd: number }
  | { kind: 'done' }
  | { kind: 'failed'; error: ErrorKind; message: string }
  | { kind: 'cancelled' }
