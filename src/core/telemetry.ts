import type { ErrorKind } from './errors.ts'
import type { ModelPurpose, ModelReply } from './model.ts'
import type { TaskKind } from './words.ts'

/** One call of a model, answered or not. Times are those of the clock, in milliseconds. */
export interface ModelCallSeen {
  provider: string
  model: string
  purpose: ModelPurpose
  maxOutputTokens: number
  startedAtMs: number
  endedAtMs: number
  outcome: { reply: Pick<ModelReply, 'model' | 'stop' | 'usage'> } | { error: ErrorKind }
}

export interface ToolRunSeen {
  name: string
  startedAtMs: number
  endedAtMs: number
  isError: boolean
}

/** What happened to a task between its calls. */
export type TaskEventSeen =
  | { name: 'failed_over'; from: string; to: string; reason: ErrorKind }
  | { name: 'steered'; messages: number }
  | { name: 'compacted'; standsForBefore: number }
  | { name: 'suspended' }
  | { name: 'gave_up'; reason: ErrorKind }

/** One run of a task in this process, from its claim to whatever ended it here. */
export interface TaskTrace {
  called(call: ModelCallSeen): void
  ran(tool: ToolRunSeen): void
  happened(event: TaskEventSeen): void
  /** `handed_back`: another process goes on with it. */
  ended(how: 'done' | 'suspended' | 'handed_back' | { error: ErrorKind }): void
}

/**
 * Tells an observer outside what the swarm does: ids, kinds, counts and times; never content, never a name. Nothing here
 * throws or waits, and nothing that becomes of it touches a job.
 */
export interface Telemetry {
  task(ids: { tenantId: string; jobId: string; taskId: string; kind: TaskKind }): TaskTrace
  /** Sends what is left, within a bound. */
  close(): Promise<void>
}

const ignore = (): void => undefined

/** Where nobody observes. */
export const noTelemetry: Telemetry = {
  task: () => ({ called: ignore, ran: ignore, happened: ignore, ended: ignore }),
  close: async () => undefined,
}
