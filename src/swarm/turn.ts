import type { ModelReply, Part } from '../core/model.ts'
import { costMicroUsd } from '../core/prices.ts'
import type { NewStep, StepCommit } from '../storage/steps/step-commit.ts'
import type { RepliedStep } from '../storage/tasks/loaded.ts'
import type { callModel } from './models/call.ts'

/** A reply in hand, whose calls are to be run. */
export interface Turn extends RepliedStep {
  stop: ModelReply['stop']
  /** What is still to be kept of the reply itself; `undefined` once that is done. */
  unkept: Omit<NewStep, 'results' | 'activity' | 'durationMs'> | undefined
}

/** What the calls of a turn brought. */
interface Ran {
  results: readonly Part[]
  activity: string
}

export function newTurn(
  called: Awaited<ReturnType<typeof callModel>>,
  at: Pick<RepliedStep, 'id' | 'ordinal' | 'heard'> & { tier: NewStep['tier'] },
): Turn {
  const { choice, handover, reply } = called
  const { heard, id, ordinal, tier } = at
  const unkept = {
    ...{ id, ordinal, tier, handover },
    heard: heard.map(({ messageId }) => messageId),
    reply: reply.parts,
    provider: reply.provider,
    model: reply.model,
    usage: reply.usage,
    costMicroUsd: costMicroUsd(choice.price, reply.usage),
  }
  return { id, ordinal, heard, reply: reply.parts, stop: reply.stop, unkept }
}

/** A turn that another worker began: its reply is kept. */
export function takeUp(replied: RepliedStep): Turn {
  return { ...replied, stop: 'tool_calls', unkept: undefined }
}

/** The calls of a turn; of one that the model broke off itself, none. */
export function callsOf({ reply, stop }: Turn): readonly Part[] {
  return stop === 'refusal' ? [] : reply.filter((part) => part.type === 'tool_call')
}

/** What a commit writes of a turn whose calls have been run: the whole step, or what its kept reply lacks. */
export function stepOf(turn: Turn, ran: Ran, durationMs: number): Pick<StepCommit, 'step' | 'stepEnd'> {
  const { id, ordinal, unkept } = turn
  if (!unkept) return { stepEnd: { id, ordinal, ...ran } }
  return { step: { ...unkept, ...ran, durationMs } }
}
