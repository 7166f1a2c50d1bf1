import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelPort, ModelReply, Part } from '../src/core/model.ts'
import { freeOfCharge, priceOf } from '../src/core/prices.ts'
import type { ModelRouter } from '../src/swarm/models/router.ts'

const usage = { inputTokens: 900, cacheReadTokens: 4_000, cacheWriteTokens: 0, outputTokens: 120 }

/** A model in this process as the only one of every tier, where the wire is not what is measured. */
export function modelsInProcess(input: { ms: number; steps: number }): ModelRouter {
  const price = priceOf('openai', 'gpt-5-mini') ?? freeOfCharge
  const choice = { port: simulatedModel(input), model: 'gpt-5-mini', price, account: 'bench' }
  return { choices: async () => [choice] }
}

/** A model server that always takes `ms` and calls one tool a step until the last; it costs what gpt-5-mini costs. */
function simulatedModel(input: { ms: number; steps: number }): ModelPort {
  const reply = (parts: Part[], stop: ModelReply['stop']): ModelReply => ({
    provider: 'openai',
    model: 'gpt-5-mini',
    parts,
    stop,
    usage,
  })
  return {
    provider: 'openai',
    label: 'The simulated model',
    countTokens: () => 6_000,
    async call(request, signal) {
      if (request.purpose === 'review') {
        const parts: Part[] = [
          { type: 'tool_call', id: 'review', name: 'submit_review', input: { ok: true } },
        ]
        return reply(parts, 'tool_calls')
      }
      if (request.purpose !== 'work') return reply([{ type: 'text', text: 'All of them are done.' }], 'end')
      await wait(input.ms, signal)
      const done = (request.messages.length - 1) / 2
      if (done + 1 >= input.steps) return reply([{ type: 'text', text: 'This part is done.' }], 'end')
      return reply([{ type: 'tool_call', id: `call-${done}`, name: 'list', input: {} }], 'tool_calls')
    },
  }
}

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, signal ? { signal } : {})
}
