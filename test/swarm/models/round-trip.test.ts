import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, ModelPort, Part, ResultPart } from '../../../src/core/model.ts'
import { createAnthropic } from '../../../src/swarm/models/anthropic/index.ts'
import { toRequest as toAnthropic } from '../../../src/swarm/models/anthropic/to-request.ts'
import { createCompatible } from '../../../src/swarm/models/compatible/index.ts'
import { toRequest as toCompatible } from '../../../src/swarm/models/compatible/to-request.ts'
import { createOpenAi } from '../../../src/swarm/models/openai/index.ts'
import { toRequest as toOpenAi } from '../../../src/swarm/models/openai/to-request.ts'
import { type AnthropicBody, startAnthropic } from '../../fakes/anthropic-server.ts'
import { type CompatibleBody, deltasOf, startCompatible } from '../../fakes/compatible-server.ts'
import type { ModelServer } from '../../fakes/model-server.ts'
import { type OpenAiBody, startOpenAi } from '../../fakes/openai-server.ts'
import { requestOf, said } from './transcripts.ts'
import {
  blobOf,
  flat,
  fromAnthropic,
  fromCompatible,
  fromOpenAi,
  type PlainTurn,
  plainOf,
} from './wire-decoders.ts'

const never = new AbortController().signal
const providers = ['anthropic', 'openai', 'compatible'] as const
type Name = (typeof providers)[number]

const models: Record<Name, string> = {
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-5.6-terra',
  compatible: 'qwen3:32b',
}

/** Words of any script, over several lines; never blank, since blanks are not sent. */
const words = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 3 })
  .map((lines) => `>${lines.join('\n')}`)
const sha256 = fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(64))
const image = fc.record({
  type: fc.constant('image' as const),
  mediaType: fc.constantFrom('image/png', 'image/webp'),
  sha256,
})
const document = fc.record({
  type: fc.constant('document' as const),
  mediaType: fc.constant('application/pdf' as const),
  sha256,
  name: words.map((name) => `${name}.pdf`),
  pages: fc.nat({ max: 9 }),
  textBytes: fc.nat({ max: 99 }),
})
const shown: fc.Arbitrary<ResultPart> = fc.oneof(
  words.map((text) => ({ type: 'text' as const, text })),
  image,
  document,
)
const plainText: fc.Arbitrary<Part> = words.map((text) => ({ type: 'text', text }))
const input = fc.dictionary(
  fc.constantFrom('path', 'né', 'a b', '"', '\n'),
  fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null), fc.array(words, { maxLength: 2 })),
  { maxKeys: 3 },
)
const sealed: fc.Arbitrary<Part> = fc.constantFrom(
  { type: 'reasoning', provider: 'anthropic', data: { type: 'thinking', thinking: 'Hm.', signature: 's' } },
  { type: 'reasoning', provider: 'anthropic', data: { type: 'redacted_thinking', data: 's' } },
  {
    type: 'reasoning',
    provider: 'openai',
    data: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 's' },
  },
)

/** As the agent writes them, with everything that can be in one: each call answered, in order, and words beside. */
const transcripts: fc.Arbitrary<Message[]> = fc
  .record({
    brief: fc.array(shown, { minLength: 1, maxLength: 4 }),
    steps: fc.array(
      fc.record({
        thoughts: fc.array(sealed, { maxLength: 2 }),
        texts: fc.array(plainText, { minLength: 1, maxLength: 2 }),
        between: fc.array(fc.oneof(sealed, plainText), { maxLength: 2 }),
        calls: fc.array(
          fc.record({
            input,
            content: fc.array(shown, { minLength: 1, maxLength: 3 }),
            isError: fc.boolean(),
          }),
          { maxLength: 4 },
        ),
        after: fc.array(shown, { maxLength: 2 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ brief, steps }) => [
    { role: 'user' as const, parts: brief },
    ...steps.flatMap(({ after, between, calls, texts, thoughts }, step): Message[] => {
      const idOf = (call: number) => `id_${step}_${call}`
      const asked = calls.map(
        (call, at): Part => ({ type: 'tool_call', id: idOf(at), name: 'read', input: call.input }),
      )
      const results = calls.map(
        ({ content, isError }, at): Part => ({
          type: 'tool_result',
          callId: idOf(at),
          name: 'read',
          content,
          isError,
        }),
      )
      const user = [...results, ...after]
      return [
        { role: 'assistant', parts: [...thoughts, ...texts, ...(asked.length > 0 ? between : []), ...asked] },
        { role: 'user', parts: user.length > 0 ? user : said('Go on then.').parts },
      ]
    }),
  ])

const seen: Record<Name, (messages: readonly Message[]) => PlainTurn[]> = {
  anthropic: (messages) => fromAnthropic(wired(toAnthropic(asking('anthropic', messages)))),
  openai: (messages) => fromOpenAi(wired(toOpenAi(asking('openai', messages)))),
  compatible: (messages) => fromCompatible(wired(toCompatible(asking('compatible', messages)))),
}

function asking(provider: Name, messages: readonly Message[]) {
  const show = (part: { type: string; sha256: string }) =>
    provider === 'compatible' && part.type === 'document' ? undefined : blobOf(part)
  return { request: requestOf(messages, { model: models[provider] }), show }
}

/** A body as the other side of the wire reads it; the fakes hold each to its type. */
function wired<Body>(body: unknown): Body {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (marks.has(key) ? undefined : value)),
  ) as Body
}

const marks = new Set(['cache_control', 'prompt_cache_breakpoint'])

describe('a sound transcript', () => {
  test('says the same in every provider’s format', () => {
    fc.assert(
      fc.property(transcripts, (messages) => {
        expect(seen.anthropic(messages)).toEqual(plainOf(messages, 'anthropic'))
        expect(seen.openai(messages)).toEqual(plainOf(messages, 'openai'))
        const same = flat(plainOf(messages, 'none'))
        expect(flat(seen.anthropic(messages))).toEqual(same)
        expect(flat(seen.openai(messages))).toEqual(same)
        expect(seen.compatible(messages)).toEqual(same)
      }),
      { numRuns: 500 },
    )
  })
})

/** What a model says in one step, whichever it is. */
interface Turn {
  provider: Name
  thought: string
  text: string
  calls: { input: Record<string, unknown>; content: ResultPart[]; isError: boolean }[]
}

interface Open {
  server: ModelServer
  port: ModelPort
}

/** Each server's part of a story, told in its own stream. */
const open: Record<Name, (turns: readonly Turn[]) => Promise<Open>> = {
  async anthropic(turns) {
    const server = await startAnthropic({
      script: turns.map(({ calls, text, thought }) => ({
        reply: {
          content: [
            { type: 'thinking' as const, thinking: thought, signature: `sealed ${thought}` },
            ...(text === '' ? [] : [{ type: 'text' as const, text }]),
            ...calls.map((call, at) => ({
              type: 'tool_use' as const,
              id: `toolu_${thought}_${at}`,
              name: 'read',
              json: JSON.stringify(call.input),
            })),
          ],
        },
      })),
    })
    return { server, port: createAnthropic({ apiKey: 'test-key', baseUrl: server.origin }) }
  },
  async openai(turns) {
    const server = await startOpenAi({
      script: turns.map(({ calls, text, thought }) => ({
        reply: {
          output: [
            { type: 'reasoning' as const, id: `rs_${thought}`, encrypted_content: `sealed ${thought}` },
            ...(text === '' ? [] : [{ type: 'message' as const, text }]),
            ...calls.map((call, at) => ({
              type: 'function_call' as const,
              id: `call_${thought}_${at}`,
              name: 'read',
              json: JSON.stringify(call.input),
            })),
          ],
        },
      })),
    })
    return { server, port: createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` }) }
  },
  async compatible(turns) {
    const server = await startCompatible({
      script: turns.map(({ calls, text, thought }) => ({
        reply: {
          // The same ids in every reply, as some servers give them.
          deltas: deltasOf({
            reasoning: thought,
            text,
            calls: calls.map((call, at) => ({
              id: `call_${at}`,
              name: 'read',
              json: JSON.stringify(call.input),
            })),
          }),
        },
      })),
    })
    const port = createCompatible({ apiKey: 'test-key', baseUrl: `${server.origin}/v1`, images: true })
    return { server, port }
  },
}

/** What a server heard last, and what it should have heard. */
function heardBy(provider: Name, { server }: Open, messages: readonly Message[]): [PlainTurn[], PlainTurn[]] {
  const body = server.requests.at(-1)?.body
  const meant = plainOf(messages, provider)
  if (provider === 'anthropic') return [fromAnthropic(wired<AnthropicBody>(body)), meant]
  if (provider === 'openai') return [fromOpenAi(wired<OpenAiBody>(body)), meant]
  return [fromCompatible(wired<CompatibleBody>(body)), flat(meant)]
}

/** Plays a story that goes from provider to provider, and holds what each hears against what was said before it. */
async function play(story: readonly Turn[]): Promise<void> {
  const partOf = (provider: Name) => story.filter((turn) => turn.provider === provider)
  const servers = {
    anthropic: await open.anthropic(partOf('anthropic')),
    openai: await open.openai(partOf('openai')),
    compatible: await open.compatible(partOf('compatible')),
  }
  await using stack = new AsyncDisposableStack()
  for (const { server } of Object.values(servers)) stack.use(server)
  let messages: Message[] = [said('The brief.')]
  for (const { calls, provider, text, thought } of story) {
    const readBlob = async (sha256: string) => Buffer.from(sha256)
    const request = requestOf(messages, { model: models[provider], readBlob })
    const { parts } = await servers[provider].port.call(request, never)
    const [heard, meant] = heardBy(provider, servers[provider], messages)
    expect(heard).toEqual(meant)
    const asked = parts.filter((part) => part.type === 'tool_call')
    expect(parts.filter((part) => part.type === 'text').map((part) => part.text)).toEqual(
      text === '' ? [] : [text],
    )
    expect(asked.map((call) => call.input)).toEqual(calls.map((call) => call.input))
    expect(
      JSON.stringify(parts.filter((part) => part.type === 'reasoning')).includes(`sealed ${thought}`),
    ).toBe(provider !== 'compatible')
    const results = asked.map((call, at): Part => {
      const { content = [], isError = false } = calls[at] ?? {}
      return { type: 'tool_result', callId: call.id, name: call.name, content, isError }
    })
    messages = [
      ...messages,
      { role: 'assistant', parts },
      { role: 'user', parts: results.length > 0 ? results : said('Go on then.').parts },
    ]
  }
}

const pairs = providers.flatMap((one) =>
  providers.filter((other) => other !== one).map((other) => [one, other] as const),
)

describe('a story that goes from provider to provider', () => {
  test.each(pairs)(
    'from %s to %s and back is heard whole, with its own reasoning in its place',
    async (one, other) => {
      const chart: ResultPart = { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) }
      const scan: ResultPart = {
        type: 'document',
        mediaType: 'application/pdf',
        sha256: 'b'.repeat(64),
        name: 'scan.pdf',
        pages: 2,
        textBytes: 0,
      }
      const rows: ResultPart = { type: 'text', text: 'rows' }
      const turn = (provider: Name, step: number): Turn => ({
        provider,
        thought: `t${step}`,
        text: `Step ${step}.`,
        calls: [
          { input: { path: `${step}.png` }, content: [rows, chart, rows], isError: false },
          { input: { path: `${step}.pdf` }, content: [rows, scan], isError: false },
          { input: {}, content: [rows], isError: true },
        ],
      })
      await play([one, other, one, other, one].map(turn))
    },
  )

  test('whichever way it goes', async () => {
    const turn = fc.record({
      provider: fc.constantFrom(...providers),
      text: words,
      calls: fc.array(
        fc.record({ input, content: fc.array(shown, { minLength: 1, maxLength: 3 }), isError: fc.boolean() }),
        { maxLength: 3 },
      ),
      silent: fc.boolean(),
    })
    const story = fc.array(turn, { minLength: 2, maxLength: 5 }).map((turns) =>
      turns.map(({ silent, text, ...rest }, step): Turn => {
        return { ...rest, thought: `t${step}`, text: silent && rest.calls.length > 0 ? '' : text }
      }),
    )
    await fc.assert(fc.asyncProperty(story, play), { numRuns: 40 })
  })
})
