import type { ResultPart, ToolSpec } from './model.ts'
import type { People, RestReason } from './people.ts'

/** Where a follow-up finds what earlier jobs of its thread made; what people gave lies in `inputs/` itself. */
export const earlierFolder = 'inputs/earlier/'

/** A file of a job's workspace: an immutable object under its hash, at a relative path such as `inputs/churn.csv`. */
export interface WorkspaceFile {
  path: string
  sha256: string
  bytes: number
  mediaType: string
  /** The key of the task that wrote it; `undefined` for what came with the brief. */
  writtenBy: string | undefined
}

/**
 * What one task sees of its job's files: what came with the brief, what the tasks it depends on left, and its own
 * writes. Writes stay in memory until the step that made them commits (`drain`); nobody else sees them before.
 */
export interface Workspace {
  /** What the task began with: the same for every worker that goes on with it, whatever was written since. */
  given(): readonly WorkspaceFile[]
  list(): readonly WorkspaceFile[]
  stat(path: string): WorkspaceFile | undefined
  /** Bytes of a file, whole. Throws `not_found`, or `unavailable` when the store does not answer. */
  read(path: string, signal: AbortSignal): Promise<Uint8Array>
  /** The bytes of an object of the job by its hash, as an image part names it. Throws like `read`. */
  readBlob(sha256: string, signal: AbortSignal): Promise<Uint8Array>
  /** Stores the object and stages the path. Throws `invalid_input` for a path that leaves the workspace, `too_large`. */
  write(path: string, bytes: Uint8Array, mediaType: string, signal: AbortSignal): Promise<WorkspaceFile>
  /** The writes since the last drain, one per path; they belong to the step that commits them. */
  drain(): readonly WorkspaceFile[]
  /** Two tasks this one depends on wrote the same path differently; the later path was kept under another name. */
  readonly conflicts: readonly { path: string; keptAs: string; writtenBy: string }[]
}

export interface ToolContext {
  workspace: Workspace
  signal: AbortSignal
  /** How many characters of text the step has left for results; a tool that gives pages keeps to it. */
  roomChars?: number
  /** Names this call of this step, the same whenever it is run again: what an effect outside is done once under. */
  effectKey: string
  people: People
}

export interface ToolResult {
  content: readonly ResultPart[]
  isError: boolean
  /** A page of a file of the workspace, which stands for the whole: it is not kept a second time. */
  isPage?: boolean
  /** What the agent is doing, in the person's words, for the card: "reading churn.csv". Never content of files. */
  activity: string
  /** There is no result yet: the task rests until people have spoken, then the same call is run again. */
  waitsFor?: RestReason
}

/**
 * A tool. `run` must not throw: a bad argument, a missing file and a failed read are results that the model reads.
 * Only an abort and a lost store (`LoomError` with `retryable`) leave it as an exception.
 */
export interface Tool {
  spec: ToolSpec
  /**
   * `none`: repeating it changes nothing outside the workspace. `outside`: the reply that calls it is committed before it
   * runs, and a worker that is killed meanwhile leaves it to be run again under the same `effectKey`: it must do its
   * work once for each key, and answer a repeat with what came of the first.
   */
  effect: 'none' | 'outside'
  /**
   * What the call is about to do, in one sentence for the person, when it may not be done unasked; `undefined` where it
   * may. It is run only once somebody who may has approved it. Must not throw, whatever the input.
   */
  needsApproval?(input: unknown): string | undefined
  run(input: unknown, context: ToolContext): Promise<ToolResult>
}
