import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts'
import { type SeenSpan, startCollector } from '../fakes/otlp-collector.ts'
import {
  call,
  openSwarm,
  type Person,
  plan,
  priced,
  type Script,
  type Swarm,
  say,
  scriptedModel,
} from '../swarm/swarm-bed.ts'

let swarm: Swarm
let person: Person

beforeEach(async () => {
  swarm = await openSwarm()
  person = await swarm.person()
})
afterEach(() => swarm.close())

const tokens = { inputTokens: 100, cacheReadTokens: 70, cacheWriteTokens: 5, outputTokens: 11 }
const script: Script = {
  plan: [{ ...plan('left', 'right'), usage: tokens }],
  left: [
    { parts: [call('write', { path: 'final/zebra-report.md', content: 'Quagga figures.' })], usage: tokens },
    { ...say('Okapi found.'), usage: tokens },
  ],
  right: [
    { parts: [call('read', { path: 'no-such-quokka.md' })], usage: tokens },
    { ...say('Nothing.'), usage: tokens },
  ],
  synthesize: [{ ...say('The answer is narwhal.'), usage: tokens }],
}
/** Whatever a person, a model or a file said in it. */
const content = /narwhal|zebra|quagga|okapi|quokka|unicorn|do left|task left|a plan|find out/i

const traceOf = (jobId: string) => jobId.replaceAll('-', '')
const sum = (spans: readonly SeenSpan[], key: string) =>
  spans.reduce((total, span) => total + Number(span.attributes[key] ?? 0), 0)

describe('a brief that is observed', () => {
  test('is one trace: an agent for each task, its model calls and tools below it, and not a word of content', async () => {
    await using collector = await startCollector()
    const telemetry = openTelemetry({ endpoint: collector.endpoint })
    const model = scriptedModel(script, priced)
    const worker = await swarm.work(model, { parts: { telemetry } })
    const jobId = await person.ask('Find out about the unicorn.')
    await person.answer(jobId)
    model.done()
    await worker.close({ boundMs: 1_000 })
    await telemetry.close()

    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceOf(jobId)]))
    const agents = collector.spans.filter((span) => !span.parentSpanId)
    const tree = agents.map((agent) => [
      agent.name,
      ...collector.spans
        .filter((span) => span.parentSpanId === agent.spanId)
        .map((span) => span.name)
        .sort(),
    ])
    const chat = `chat ${priced.model}`
    expect(tree.map((names) => names.join(' > ')).sort()).toEqual([
      `invoke_agent plan > ${chat}`,
      `invoke_agent review > ${chat}`,
      // It waited for the check of its draft, and nothing was to be mended.
      'invoke_agent synthesize',
      `invoke_agent synthesize > ${chat}`,
      `invoke_agent work > ${chat} > ${chat} > execute_tool read`,
      `invoke_agent work > ${chat} > ${chat} > execute_tool write`,
    ])
    for (const span of collector.spans) {
      expect(span.attributes['gen_ai.conversation.id']).toBe(jobId)
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano))
    }
    const tasks = await swarm.bed.admin<{ id: string }[]>`select id from loom.tasks where job_id = ${jobId}`
    expect([...new Set(agents.map((agent) => agent.attributes['gen_ai.agent.id']))].sort()).toEqual(
      tasks.map((task) => task.id).sort(),
    )
    const refused = collector.spans.filter((span) => span.attributes['error.type'])
    expect(refused.map((span) => [span.name, span.attributes['error.type']])).toEqual([
      ['execute_tool read', 'tool_error'],
    ])

    const [billed] = await swarm.bed.admin<
      { input: number; read: number; written: number; output: number }[]
    >`
      select sum(input_tokens + cache_read_tokens + cache_write_tokens)::int as input,
             sum(cache_read_tokens)::int as read, sum(cache_write_tokens)::int as written,
             sum(output_tokens)::int as output
      from loom.usage_events where job_id = ${jobId}`
    const { spans } = collector
    expect({
      input: sum(spans, 'gen_ai.usage.input_tokens'),
      read: sum(spans, 'gen_ai.usage.cache_read.input_tokens'),
      written: sum(spans, 'gen_ai.usage.cache_creation.input_tokens'),
      output: sum(spans, 'gen_ai.usage.output_tokens'),
    }).toEqual({ ...billed })
    const points = collector.metrics
      .filter((metric) => metric.name === 'gen_ai.client.token.usage')
      .at(-1)?.points
    const byType = points?.map((point) => [point.attributes['gen_ai.token.type'], point.sum])
    expect(Object.fromEntries(byType ?? [])).toEqual({ input: billed?.input, output: billed?.output })
    expect(collector.metrics.map((metric) => metric.name)).toContain('gen_ai.client.operation.duration')
    expect(collector.bodies.join('\n')).not.toMatch(content)
  })

  test('tells of a model that did not answer, of the one that did, and of what the person said', async () => {
    await using collector = await startCollector()
    const telemetry = openTelemetry({ endpoint: collector.endpoint })
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const away = (): never => {
      throw new LoomError({ kind: 'unavailable', message: 'Away.', retryable: true, retryAfterMs: 60_000 })
    }
    const first = scriptedModel({ plan: [plan('left')], left: [away] }, priced)
    const other = scriptedModel(
      {
        left: [
          async () => {
            asked.resolve()
            await told.promise
            return { parts: [call('list', {})] }
          },
          say('Okapi found.'),
        ],
      },
      { provider: 'openai', model: 'gpt-5-mini' },
    )
    const worker = await swarm.work([first, other], { parts: { telemetry } })
    const jobId = await person.ask('Find out about the unicorn.')
    await asked.promise
    await sayTo(swarm.store, person.context, { jobId, text: 'Only the quokka.' })
    told.resolve()
    await person.answer(jobId)
    await worker.close({ boundMs: 1_000 })
    await telemetry.close()
    const agent = collector.spans.find((span) => span.name === 'invoke_agent work')
    expect(agent?.events.map((event) => [event.name, event.attributes])).toContainEqual([
      'failed_over',
      {
        'loom.from': `${priced.provider}/${priced.model}`,
        'loom.reason': 'unavailable',
        'loom.to': 'openai/gpt-5-mini',
      },
    ])
    expect(agent?.events.map((event) => event.name)).toContain('steered')
    const failed = collector.spans.filter((span) => span.attributes['error.type'] === 'unavailable')
    expect(failed.map((span) => span.name)).toEqual([`chat ${priced.model}`])
    expect(collector.bodies.join('\n')).not.toMatch(content)
  })

  test('joins the spans of a task that another worker went on with', async () => {
    await using collector = await startCollector()
    const [one, two] = [collector, collector].map(({ endpoint }) => openTelemetry({ endpoint }))
    const stuck = Promise.withResolvers<void>()
    const free = Promise.withResolvers<void>()
    const lost = scriptedModel(
      {
        plan: [plan('left')],
        left: [
          async () => {
            stuck.resolve()
            await free.promise
            return say('Late.')
          },
        ],
      },
      priced,
    )
    const first = await swarm.work(lost, { slots: 1, parts: one ? { telemetry: one } : {} })
    const jobId = await person.ask('Find out about the unicorn.')
    await stuck.promise
    await swarm.bed.admin`update loom.ready_tasks set holder = null, lease_until = null`
    const next = scriptedModel({ left: [say('In time.')] }, priced)
    const second = await swarm.work(next, { parts: two ? { telemetry: two } : {} })
    await person.answer(jobId)
    free.resolve()
    for (const worker of [first, second]) await worker.close({ boundMs: 1_000 })
    for (const telemetry of [one, two]) await telemetry?.close()
    const runs = collector.spans.filter((span) => span.name === 'invoke_agent work')
    expect(runs.map((span) => span.traceId)).toEqual([traceOf(jobId), traceOf(jobId)])
    expect(new Set(runs.map((span) => span.attributes['gen_ai.agent.id'])).size).toBe(1)
    expect(runs.map((span) => span.attributes['loom.task.ended']).sort()).toEqual(['done', 'handed_back'])
  })
})

describe('a collector that is no use', () => {
  test.each([
    ['refuses everything', { status: 503 }],
    ['never answers', { silent: true }],
  ])('that %s touches no job and does not hold up the end', async (_, options) => {
    await using collector = await startCollector(options)
    const telemetry = openTelemetry({ endpoint: collector.endpoint })
    const model = scriptedModel(script, priced)
    await swarm.work(model, { parts: { telemetry } })
    const answer = await person.answer(await person.ask('Find out about the unicorn.'))
    expect(answer.markdown).toBe('The answer is narwhal.')
    model.done()
    await telemetry.close()
    expect(collector.bodies.length).toBeGreaterThan(0)
  })
})
