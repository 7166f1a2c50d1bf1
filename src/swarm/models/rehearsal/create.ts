import type { ModelPort, ModelReply, ModelRequest, Part } from '../../../core/model.ts'
import { planTurn } from './plan-turn.ts'
import { reviewTurn } from './review-turn.ts'
import { readScene, type Scene } from './scene.ts'
import { synthesisTurn } from './synthesis-turn.ts'
import { workTurn } from './work-turn.ts'

export const rehearsalModel = 'rehearsal'

/**
 * No language model: plans by the shape of the brief and its files, drives the real tools over them, and computes.
 * Each call is a pure function of the request, so a task goes on after a kill as with any other model. It costs
 * nothing, counts no tokens, and says on everything it writes that no language model was asked.
 */
export function createRehearsal(): ModelPort {
  return {
    provider: rehearsalModel,
    label: 'The rehearsal model',
    countTokens: () => 0,
    async call(request, signal) {
      signal.throwIfAborted()
      // Computing holds the thread; others get their turn between two calls.
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
      return replyWith(turn(request))
    },
  }
}

function turn(request: ModelRequest): Part[] {
  const scene: Scene = readScene(request)
  switch (request.purpose) {
    case 'plan':
      return planTurn(scene)
    case 'work':
      return workTurn(scene)
    case 'synthesize':
      return synthesisTurn(scene)
    case 'compact':
      // Its window has no end, so nobody asks; lines stand for the steps where there is no summary.
      return []
    case 'review':
      return reviewTurn(scene)
    case 'replan':
      return [{ type: 'text', text: 'The plan stays as it is: the rehearsal model plans by files alone.' }]
  }
}

function replyWith(parts: Part[]): ModelReply {
  return {
    provider: rehearsalModel,
    model: rehearsalModel,
    parts,
    stop: parts.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end',
    usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
  }
}
