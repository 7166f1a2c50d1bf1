import type { Message, ModelPort, Part } from '../src/core/model.ts'
import { freeOfCharge, priceOf } from '../src/core/prices.ts'
import { createOpenAi } from '../src/swarm/models/openai/index.ts'
import type { ModelRouter } from '../src/swarm/models/router.ts'
import { systemPrompt } from '../src/swarm/prompts.ts'
import { workspaceTools } from '../src/swarm/tools/index.ts'

const model = 'gpt-5.6-luna'

/** The product's own port on the simulated server: the same HTTP client for the engine and for the bare loop. */
export function openPort(origin: string): ModelPort {
  return createOpenAi({ apiKey: 'bench', baseUrl: `${origin}/v1` })
}

/** The simulated server's model as the only one of every tier, at what a real one costs. */
export function simulatedModels(port: ModelPort): ModelRouter {
  const price = priceOf('openai', model) ?? freeOfCharge
  const choice = { port, model, price, account: 'bench' }
  return { choices: async () => [choice] }
}

const first: Message = {
  role: 'user',
  parts: [
    { type: 'text', text: 'The brief, word for word:' },
    { type: 'text', text: 'Look at every part and say what you find.' },
    { type: 'text', text: 'What there is and what is asked of you, as JSON:' },
    {
      type: 'text',
      text: JSON.stringify({
        files: [],
        refused: [],
        task: {
          key: 'part-1',
          title: 'Part 1',
          objective: 'Look at part 1 and say in a sentence what you find there.',
          output: 'One sentence.',
          files: [],
        },
      }),
    },
  ],
}

/** The same calls with nothing around them: agents that keep their messages in memory and answer each call with a word. */
export async function bareLoop(port: ModelPort, input: { agents: number }): Promise<void> {
  const tools = workspaceTools().map((tool) => tool.spec)
  const agent = async () => {
    const messages: Message[] = [first]
    for (;;) {
      const reply = await port.call(
        {
          ...{ purpose: 'work', effort: 'low', userId: 'bench', system: systemPrompt('work'), tools },
          ...{ mayCallTools: true, model, maxOutputTokens: 8_000, messages },
          readBlob: () => Promise.reject(new Error('there are no blobs')),
        },
        new AbortController().signal,
      )
      const results = reply.parts.flatMap((part): Part[] =>
        part.type === 'tool_call'
          ? [
              {
                type: 'tool_result',
                callId: part.id,
                name: part.name,
                content: [{ type: 'text', text: 'No files.' }],
                isError: false,
              },
            ]
          : [],
      )
      if (results.length === 0) return
      messages.push({ role: 'assistant', parts: reply.parts }, { role: 'user', parts: results })
    }
  }
  await Promise.all(Array.from({ length: input.agents }, agent))
}
