import { parseArgs } from 'node:util'
import { limits } from '../src/core/limits.ts'
import type { ModelPort, ModelReply, Part } from '../src/core/model.ts'
import { freeOfCharge, priceOf } from '../src/core/prices.ts'
import { createLog } from '../src/log.ts'
import { createAnthropic } from '../src/swarm/models/anthropic/index.ts'
import { openBed } from './bed.ts'
import { createFanOut } from './job.ts'
import { parseOptions } from './options.ts'

/**
 * What a step of one long task costs us, early and late: the time from a reply to the next call of a model that takes
 * no time at all. Reservation, counting, commit and the tool are inside; writing the request for a provider is not.
 */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '410' },
    chars: { type: 'string', default: '2000' },
    repeats: { type: 'string', default: '5' },
    database: { type: 'string', default: process.env.DATABASE_URL ?? 'embedded' },
  },
})
const steps = Number(values.steps)
const chars = Number(values.chars)
// The stated limit is for people; the figures here are about the machinery.
Object.assign(limits, { taskSteps: steps })

const model = 'claude-sonnet-5-5'
const claude = createAnthropic({ apiKey: 'none' })
const usage = { inputTokens: 900, cacheReadTokens: 4_000, cacheWriteTokens: 0, outputTokens: 120 }
let asked: number[] = []
let summaries = 0

const reply = (parts: Part[], stop: ModelReply['stop']): ModelReply => ({
  provider: 'anthropic',
  model,
  parts,
  stop,
  usage,
})
const port: ModelPort = {
  provider: 'anthropic',
  label: 'The simulated model',
  countTokens: claude.countTokens,
  async call(request) {
    if (request.purpose !== 'work') {
      summaries += request.purpose === 'synthesize' ? 0 : 1
      return reply([{ type: 'text', text: 'What was done so far.' }], 'end')
    }
    asked.push(performance.now())
    const step = asked.length
    if (step >= steps) return reply([{ type: 'text', text: 'This part is done.' }], 'end')
    const input = { path: 'work/notes.md', content: `${step} `.repeat(chars).slice(0, chars) }
    return reply([{ type: 'tool_call', id: `call-${step}`, name: 'write', input }], 'tool_calls')
  },
}

const price = priceOf('anthropic', model) ?? freeOfCharge
const choice = { port, model, price, account: 'bench' }
const { openParts } = await import('../src/roles/parts.ts')
const { startWorker } = await import('../src/roles/worker.ts')
{
  await using stack = new AsyncDisposableStack()
  const bed = await openBed({
    ...parseOptions([]),
    ...(values.database === 'embedded' ? {} : { adminUrl: values.database }),
  })
  stack.defer(() => bed.close())
  const log = createLog({ level: bed.config.logLevel })
  const parts = await openParts({ config: bed.config, log, say: () => undefined })
  stack.defer(() => parts.close())
  const fanOut = await createFanOut(parts)
  const worker = await startWorker(parts, { models: { choices: async () => [choice] }, slots: 4 })
  stack.defer(() => worker.close({ boundMs: 2_000 }))
  const early: number[] = []
  const late: number[] = []
  for (let run = -1; run < Number(values.repeats); run += 1) {
    asked = []
    const prepared = await fanOut.prepare(1)
    await prepared.commitPlan()
    await prepared.done()
    if (run === -1) {
      await bed.analyze()
      continue
    }
    const took = asked.slice(1).map((at, index) => at - (asked[index] ?? at))
    early.push(...took.slice(14, 34))
    late.push(...took.slice(389, 409))
  }
  const [at25, at400] = [median(early), median(late)]
  console.log(`${steps} steps of ${chars} characters each, ${values.repeats} runs, ${summaries} summaries`)
  console.log(
    `  step 25: ${at25.toFixed(2)} ms   step 400: ${at400.toFixed(2)} ms   ratio ${(at400 / at25).toFixed(2)}`,
  )
}
process.exit(0)

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}
