import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import type { Message, ModelRequest } from '../../src/core/model.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { raiseCap } from '../../src/storage/jobs/suspend.ts'
import { createAnthropic } from '../../src/swarm/models/anthropic/index.ts'
import { createOpenAi } from '../../src/swarm/models/openai/index.ts'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startOpenAi } from '../fakes/openai-server.ts'
import {
  call,
  openSwarm,
  type Person,
  plan,
  type Script,
  type Swarm,
  say,
  scriptedModel,
} from './swarm-bed.ts'

/** Its long prompts are dearer above 100,000 tokens, so its transcripts stay below 70,000. */
const haiku = { provider: 'anthropic', model: 'claude-haiku-5-5' } as const
/** Four of these are more than that. */
const large = 60_000
const content = (mark: string) => `${mark} `.repeat(large / (mark.length + 1))
const writes = (mark: string, path = `notes/${mark}.md`) => ({
  parts: [call('write', { path, content: content(mark) })],
})
const steps = ['one', 'two', 'three', 'four'].map((mark) => writes(mark))

let swarm: Swarm
let person: Person

beforeAll(async () => {
  swarm = await openSwarm()
})
beforeEach(async () => {
  person = await swarm.person()
})
afterEach(() => swarm.clear())
afterAll(() => swarm.close())

const textsOf = (message: Message | undefined) =>
  (message?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []))
const asked = (model: { requests: { who: string; request: ModelRequest }[] }, who: string) =>
  model.requests.filter((entry) => entry.who === who).map((entry) => entry.request)

async function run(script: Script, options: Parameters<typeof scriptedModel>[1] = haiku) {
  const model = scriptedModel(script, options)
  await swarm.work(model)
  const jobId = await person.ask('Find out.')
  const answer = await person.answer(jobId)
  model.done()
  return { answer, jobId, model }
}

describe('a transcript that grows too long', () => {
  test('goes on behind a summary of its older steps, which stay stored', async () => {
    const { answer, jobId, model } = await run({
      plan: [plan('work')],
      work: [...steps, say('Done.')],
      compact: [say('Notes: one, two and three are written.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    const [summarised] = asked(model, 'compact')
    expect(summarised).toMatchObject({ purpose: 'compact', tools: [], mayCallTools: false })
    expect(textsOf(summarised?.messages[0]).join('\n')).toContain('called write: {"path":"notes/two.md"')
    const requests = asked(model, 'work')
    const [first, notes, reply, results] = requests.at(-1)?.messages ?? []
    expect(first).toEqual(requests[0]?.messages[0])
    expect(textsOf(notes)).toEqual([
      expect.stringContaining('are left out here'),
      'Notes: one, two and three are written.',
    ])
    expect(reply?.parts).toEqual(steps[3]?.parts)
    expect(results?.parts).toHaveLength(1)
    expect(requests.at(-1)?.messages).toHaveLength(4)
    // The answer to the brief aside, each call is paid for once, the summary's too.
    expect(answer.receipt.steps).toBe(7)
    const kept = await swarm.bed.admin<{ ordinal: number; cut: number | null; sealed: boolean }[]>`
      select s.ordinal, s.stands_for_before as cut, s.summary_sealed is not null as sealed
      from loom.steps s join loom.tasks t on t.id = s.task_id
      where s.job_id = ${jobId} and t.kind = 'work' order by ordinal`
    expect(kept.map((row) => ({ ...row }))).toEqual([
      { ordinal: 0, cut: null, sealed: false },
      { ordinal: 1, cut: null, sealed: false },
      { ordinal: 2, cut: null, sealed: false },
      { ordinal: 3, cut: 3, sealed: true },
      { ordinal: 4, cut: null, sealed: false },
    ])
    const paid = await swarm.bed.admin<{ tier: string }[]>`
      select tier from loom.usage_events where job_id = ${jobId} order by created_at, id`
    expect(paid.map((row) => row.tier).filter((tier) => tier === 'quick')).toHaveLength(1)
    const events = await swarm.bed.admin<{ kind: string }[]>`
      select kind from loom.events where job_id = ${jobId} and kind in ('compacted', 'tool') order by seq`
    expect(events.map((row) => row.kind)).toEqual(['tool', 'tool', 'tool', 'tool', 'tool', 'compacted'])
  })

  test('is summarised again when it has grown again, from the notes before', async () => {
    const more = ['five', 'six', 'seven', 'eight'].map((mark) => writes(mark))
    const { model } = await run({
      plan: [plan('work')],
      work: [...steps, ...more, say('Done.')],
      compact: [say('First notes.'), say('Second notes.')],
    })
    const [, again] = asked(model, 'compact')
    const material = textsOf(again?.messages[0]).join('\n')
    expect(material).toContain('First notes.')
    expect(material).toContain('notes/five.md')
    expect(material).not.toContain('notes/two.md')
    expect(textsOf(asked(model, 'work').at(-1)?.messages[1])).toContain('Second notes.')
  })

  test('is cut as well when a model refuses it as too large, whatever we thought of its window', async () => {
    const tooLarge = (): never => {
      throw new LoomError({ kind: 'too_large', message: 'That is too much at once.' })
    }
    const { answer, model } = await run({
      plan: [plan('work')],
      work: [...steps.slice(0, 2), tooLarge, say('Done.')],
      compact: [say('Notes: one is written.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    const [, notes] = asked(model, 'work').at(-1)?.messages ?? []
    expect(textsOf(notes)).toContain('Notes: one is written.')
  })

  test('that cannot be cut ends the task in the words of the refusal', async () => {
    const tooLarge = (): never => {
      throw new LoomError({ kind: 'too_large', message: 'That is too much at once.' })
    }
    const { answer } = await run({ plan: [plan('work')], work: [tooLarge] })
    expect(answer).toMatchObject({ outcome: 'failed', markdown: 'That is too much at once.' })
  })

  test('keeps what the person said word for word', async () => {
    const before = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel(
      {
        plan: [plan('work')],
        work: [
          async () => {
            before.resolve()
            await told.promise
            return writes('one')
          },
          ...steps.slice(1),
          say('Done.'),
        ],
        compact: [say('Notes.')],
      },
      haiku,
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await before.promise
    await sayTo(swarm.store, person.context, { jobId, text: 'Only March, please — 31 days.' })
    told.resolve()
    await person.answer(jobId)
    model.done()
    const last = asked(model, 'work').at(-1)
    expect(textsOf(last?.messages[1]).slice(-1)).toEqual(['Only March, please — 31 days.'])
    expect(last?.messages).toHaveLength(4)
  })
})

describe('a compaction that goes wrong', () => {
  const fails: [string, Script[string][number]][] = [
    [
      'whose provider refuses the request',
      () => {
        throw new LoomError({ kind: 'invalid_input', message: 'No.' })
      },
    ],
    ['whose model declines', { parts: [], stop: 'refusal', usage: { inputTokens: 1_000 } }],
    ['whose reply is empty', { parts: [{ type: 'text', text: ' ' }] }],
  ]
  test.each(fails)('%s puts a line for each call in the place of the steps', async (_, failure) => {
    const { answer, model } = await run({
      plan: [plan('work')],
      work: [...steps, say('Done.')],
      compact: [failure],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    const [, notes] = asked(model, 'work').at(-1)?.messages ?? []
    expect(textsOf(notes)[1]).toContain('called write: {"path":"notes/three.md"')
    expect((textsOf(notes)[1] ?? '').length).toBeLessThan(2_500)
    const [paid] = await swarm.bed.admin<{ cost: number }[]>`
      select sum(cost_micro_usd)::int as cost from loom.usage_events`
    const [settled] = await swarm.bed.admin<{ cost: number; reserved: number }[]>`
      select settled_micro_usd::int as cost, reserved_micro_usd::int as reserved from loom.budgets where scope = 'job'`
    expect(settled).toEqual({ cost: paid?.cost, reserved: 0 })
  })
})

/** Takes the tasks away from whoever holds them, as when a worker is gone. */
const takeAway = () => swarm.bed.admin`update loom.ready_tasks set holder = null, lease_until = null`

describe('a worker that is lost', () => {
  test('in the middle of a compaction: it is made once more, and paid for once', async () => {
    const stuck = Promise.withResolvers<void>()
    const never = new Promise<never>(() => undefined)
    const lost = scriptedModel(
      {
        plan: [plan('work')],
        work: steps,
        compact: [
          () => {
            stuck.resolve()
            return never
          },
        ],
      },
      haiku,
    )
    await swarm.work(lost, { slots: 1 })
    const jobId = await person.ask('Find out.')
    await stuck.promise
    await takeAway()
    const next = scriptedModel(
      { work: [say('Done.')], compact: [{ ...say('Notes.'), usage: { inputTokens: 20_000 } }] },
      haiku,
    )
    await swarm.work(next)
    const answer = await person.answer(jobId)
    next.done()
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    // A plan, four steps, the summary and the last one.
    expect(answer.receipt.steps).toBe(7)
    expect(answer.receipt.costMicroUsd).toBe(2_000)
  })

  test('after a compaction: the next one sends exactly what it sent', async () => {
    const sent = Promise.withResolvers<ModelRequest>()
    const never = new Promise<never>(() => undefined)
    const lost = scriptedModel(
      {
        plan: [plan('work')],
        work: [
          ...steps,
          (request) => {
            sent.resolve(request)
            return never
          },
        ],
        compact: [say('Notes of what was done.')],
      },
      haiku,
    )
    await swarm.work(lost, { slots: 1 })
    const jobId = await person.ask('Find out.')
    const before = await sent.promise
    await takeAway()
    const next = scriptedModel({ work: [say('Done.')] }, haiku)
    await swarm.work(next)
    await person.answer(jobId)
    next.done()
    const [after] = asked(next, 'work')
    expect(after?.messages).toEqual(before.messages)
    const rest = { messages: [], readBlob: 0, onLimits: 0 }
    expect({ ...after, ...rest }).toEqual({ ...before, ...rest })
  })
})

describe('money', () => {
  test('a compaction is reserved before it is asked for: a cap without room for it lets the job rest, and a raised one goes on', async () => {
    const dear = { ...writes('four'), usage: { inputTokens: 90_000 } }
    const model = scriptedModel(
      { plan: [plan('work')], work: [...steps.slice(0, 3), dear, say('Done.')], compact: [say('Notes.')] },
      // At worst 12,500 micro-dollars for the input of each request.
      { ...haiku, inputTokens: 100_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 20_000 })
    await vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', {
      timeout: 20_000,
      interval: 20,
    })
    expect(asked(model, 'compact')).toEqual([])
    const budget = () => swarm.bed.admin<{ settled: number; reserved: number }[]>`
      select settled_micro_usd::int as settled, reserved_micro_usd::int as reserved
      from loom.budgets where key = ${jobId}`
    expect([...(await budget())]).toEqual([{ settled: 9_000, reserved: 0 }])
    await raiseCap(swarm.store, person.context, { jobId, capMicroUsd: 100_000 })
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('Done.')
    expect([...(await budget())]).toEqual([{ settled: 9_000, reserved: 0 }])
  })
})

describe('under a real SDK', () => {
  const big = content('figure')
  const summary = 'Notes: three files are written.'
  const write = (id: string) => ({
    id: `call_${id}`,
    name: 'write',
    json: JSON.stringify({ path: `notes/${id}.md`, content: big }),
  })
  /** What a provider counts of so many of them. */
  const usage = (before: number) => ({ input: 500 + 20_000 * before })
  const planned = {
    id: 'call_plan',
    name: 'submit_plan',
    json: JSON.stringify({
      title: 'A plan',
      tasks: [{ key: 'work', title: 'Work', objective: 'Do it.' }],
    }),
  }

  test('Claude takes what stands behind a summary, although its thinking was sealed for what stood there before', async () => {
    const thinks = (mark: string) => ({ type: 'thinking' as const, thinking: mark, signature: `sig-${mark}` })
    await using claude = await startAnthropic({
      script: [
        { reply: { content: [{ type: 'tool_use', ...planned }] } },
        ...['a', 'b', 'c', 'd'].map((id, before) => ({
          reply: {
            content: [thinks(id), { type: 'tool_use' as const, ...write(id) }],
            usage: usage(before),
          },
        })),
        { reply: { content: [{ type: 'text', text: summary }] } },
        { reply: { content: [thinks('after'), { type: 'tool_use', ...write('e') }], usage: usage(1) } },
        { reply: { content: [{ type: 'text', text: 'Done.' }] } },
      ],
    })
    const port = createAnthropic({ apiKey: 'test-key', baseUrl: claude.origin })
    await swarm.work(Object.assign(port, { model: haiku.model }))
    const answer = await person.answer(await person.ask('Find out.'))
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    const bodies = claude.requests.map(({ body }) => body)
    const [behind, last] = bodies.slice(-2).map((body) => JSON.stringify(body.messages))
    expect(behind).toContain(summary)
    expect(behind).not.toContain('sig-')
    // Thinking from behind the summary goes back, and what stood before it is the same again.
    expect(last).toContain('sig-after')
    const plainly = (text: string | undefined) => (text ?? '').replaceAll(/,"cache_control":\{[^}]*\}/g, '')
    expect(plainly(last).startsWith(plainly(behind).slice(0, -1))).toBe(true)
  })

  test('GPT goes on behind it as well, with the brief as the beginning that it knows', async () => {
    await using gpt = await startOpenAi({
      script: [
        { reply: { output: [{ type: 'function_call', ...planned }] } },
        ...[...'abcdefg'].map((id, before) => ({
          reply: { output: [{ type: 'function_call' as const, ...write(id) }], usage: usage(before) },
        })),
        { reply: { output: [{ type: 'message', text: summary }] } },
        { reply: { output: [{ type: 'message', text: 'Done.' }] } },
      ],
    })
    const port = createOpenAi({ apiKey: 'test-key', baseUrl: `${gpt.origin}/v1` })
    await swarm.work(Object.assign(port, { model: 'gpt-5.6-luna' }))
    const answer = await person.answer(await person.ask('Find out.'))
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    const [begun, last] = [gpt.requests[1], gpt.requests.at(-1)].map((sent) =>
      JSON.stringify(sent?.body.input),
    )
    expect(last).toContain(summary)
    expect(last).not.toContain('notes/a.md')
    const [brief = ''] = begun?.split(',"prompt_cache_breakpoint"') ?? []
    expect(brief.length).toBeGreaterThan(100)
    expect(last?.startsWith(brief.slice(0, -1))).toBe(true)
  })
})
