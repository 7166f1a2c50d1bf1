import { getEventListeners } from 'node:events'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import type { Message, ModelPort, ModelRequest, Part } from '../../../src/core/model.ts'
import type { ModelServer, Step } from '../../fakes/model-server.ts'
import { requestOf, said } from './transcripts.ts'

/** What a provider's own test gives, so that all are held to the same. */
export interface Harness<Reply> {
  label: string
  /** The label inside a sentence. */
  named?: string
  /** A model of the provider's, as its fake wants it. */
  model: string
  takesDocuments: boolean
  keySetting: string
  urlSetting: string
  start(input: { script: readonly Step<Reply>[]; refusals?: number }): Promise<ModelServer>
  create(options: { origin: string; apiKey?: string; stallMs?: number; callMs?: number }): ModelPort
  reply(content: { text?: string; calls?: { id: string; name: string; json: string }[] }): Reply
  /** A reply that thinks, says something and calls `read`. */
  thoughtful: Reply
  /** `false` for a provider that has no place for reasoning that is given back. */
  keepsReasoning?: boolean
  /** A reply cut at the limit in the middle of a call's arguments. */
  cutCall: Reply
  refused: Reply
  /** Statuses of this provider alone. */
  faults: [step: Extract<Step<Reply>, { status: number }>, kind: string, retryable: boolean][]
}

const secret = 'SECRET words of the prompt'
const never = new AbortController().signal

export function modelPortContract<Reply>(harness: Harness<Reply>): void {
  const { create, named = harness.label, reply, start } = harness
  const asking = (messages: readonly Message[], changes: Partial<ModelRequest> = {}) =>
    requestOf(messages, { model: harness.model, ...changes })
  const call = (model: ModelPort, signal: AbortSignal = never) => model.call(asking([said('Hello.')]), signal)
  const failure = async (model: ModelPort, signal?: AbortSignal): Promise<LoomError> => {
    const thrown = await call(model, signal).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).toBeInstanceOf(LoomError)
    return thrown as LoomError
  }

  describe('a reply', () => {
    test('is put together from its pieces, also torn in the middle of a character', async () => {
      const text = 'Die Kündigungen: 4,4 % — 円グラフ 📈.\n\n- Solo'
      await using server = await start({ script: [{ drip: reply({ text }), bytes: 5 }] })
      const { parts, stop } = await call(create(server))
      expect(parts).toEqual([{ type: 'text', text }])
      expect(stop).toBe('end')
    })

    test('carries several calls at once, in order', async () => {
      const calls = [
        { id: 'c1', name: 'read', json: '{"path": "inputs/jan.csv", "note": "\\u00e9\\n"}' },
        { id: 'c2', name: 'read', json: '{"path":"inputs/feb.csv"}' },
        { id: 'c3', name: 'list', json: '' },
      ]
      await using server = await start({ script: [{ reply: reply({ text: 'I read.', calls }) }] })
      const { parts, stop } = await call(create(server))
      expect(parts).toEqual([
        { type: 'text', text: 'I read.' },
        { type: 'tool_call', id: 'c1', name: 'read', input: { path: 'inputs/jan.csv', note: 'é\n' } },
        { type: 'tool_call', id: 'c2', name: 'read', input: { path: 'inputs/feb.csv' } },
        { type: 'tool_call', id: 'c3', name: 'list', input: {} },
      ])
      expect(stop).toBe('tool_calls')
    })

    test('keeps arguments that do not parse as the words that they are', async () => {
      const calls = [{ id: 'c1', name: 'read', json: '{"path": "inputs/' }]
      await using server = await start({ script: [{ reply: reply({ calls }) }] })
      const { parts } = await call(create(server))
      expect(parts).toEqual([{ type: 'tool_call', id: 'c1', name: 'read', input: '{"path": "inputs/' }])
    })

    test('cut at the limit says so and keeps what there is', async () => {
      await using server = await start({ script: [{ reply: harness.cutCall }] })
      const { parts, stop } = await call(create(server))
      expect(stop).toBe('length')
      expect(parts).toMatchObject([{ type: 'tool_call', input: expect.any(String) }])
    })

    test('with nothing in it is an empty end', async () => {
      await using server = await start({ script: [{ reply: reply({}) }] })
      expect(await call(create(server))).toMatchObject({ parts: [], stop: 'end' })
    })

    test('that declines is a reply, not a fault', async () => {
      await using server = await start({ script: [{ reply: harness.refused }] })
      expect(await call(create(server))).toMatchObject({ stop: 'refusal' })
    })

    test('names the model that was asked for, so that its price is found', async () => {
      await using server = await start({ script: [{ reply: reply({ text: 'Hi.' }) }] })
      const model = create(server)
      expect(await call(model)).toMatchObject({ provider: model.provider, model: harness.model })
    })

    test('that thinks can be given back with its results, as the provider wants it', async () => {
      await using server = await start({
        script: [{ reply: harness.thoughtful }, { reply: reply({ text: 'Done.' }) }],
      })
      const model = create(server)
      const first = await call(model)
      const { keepsReasoning = true } = harness
      expect(first.parts.some(({ type }) => type === 'reasoning')).toBe(keepsReasoning)
      const results = first.parts.flatMap((part): Part[] =>
        part.type === 'tool_call'
          ? [{ type: 'tool_result', callId: part.id, name: part.name, content: [], isError: false }]
          : [],
      )
      // As after a night in the database.
      const parts = JSON.parse(JSON.stringify(first.parts)) as Part[]
      const messages = [
        said('Hello.'),
        { role: 'assistant' as const, parts },
        { role: 'user' as const, parts: results },
      ]
      expect(await model.call(asking(messages), never)).toMatchObject({ stop: 'end' })
    })
  })

  describe('a fault', () => {
    test.each<[Extract<Step<Reply>, { status: number }>, string, boolean]>([
      [{ status: 429, type: 'rate_limit_error' }, 'rate_limited', true],
      [{ status: 429 }, 'rate_limited', true],
      [{ status: 500, type: 'api_error' }, 'unavailable', true],
      [{ status: 500, headers: { 'x-should-retry': 'true', 'retry-after': '0' } }, 'unavailable', true],
      [{ status: 502 }, 'unavailable', true],
      [{ status: 503 }, 'unavailable', true],
      [{ status: 504 }, 'unavailable', true],
      [{ status: 529, type: 'overloaded_error' }, 'unavailable', true],
      [{ status: 408 }, 'unavailable', true],
      [{ status: 401, type: 'authentication_error' }, 'forbidden', false],
      [{ status: 403, type: 'permission_error' }, 'forbidden', false],
      [{ status: 404, type: 'not_found_error' }, 'not_found', false],
      [{ status: 413, type: 'request_too_large' }, 'too_large', false],
      [{ status: 400, type: 'invalid_request_error' }, 'invalid_input', false],
      [{ status: 422 }, 'invalid_input', false],
      [{ status: 418, type: `${secret} as a type` }, 'invalid_input', false],
      [{ status: 302, headers: { location: '/elsewhere' } }, 'unavailable', true],
      ...harness.faults,
    ])('%j is told apart, asked once, and quotes nothing', async (step, kind, retryable) => {
      await using server = await start({ script: [{ ...step, message: `${step.message ?? ''} ${secret}` }] })
      const error = await failure(create(server))
      expect({ kind: error.kind, retryable: error.retryable }).toEqual({ kind, retryable })
      expect(server.requests).toHaveLength(1)
      expect(quotes(error)).not.toMatch(/SECRET|test-key|Hello|Bearer/)
      expect(error.message).toMatch(/^[A-Z].*\.$/)
    })

    test.each<[Record<string, string>, number | undefined]>([
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after': '0.5' }, 500],
      [{ 'retry-after': '0' }, 0],
      [{ 'retry-after-ms': '150' }, 150],
      [{ 'retry-after-ms': '150', 'retry-after': '7' }, 150],
      [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7_000],
      [{}, undefined],
      [{ 'retry-after': '' }, undefined],
      [{ 'retry-after': 'soon' }, undefined],
      [{ 'retry-after': '-5' }, undefined],
      [{ 'retry-after': '9'.repeat(400) }, undefined],
      [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, undefined],
      [{ 'retry-after': 'Wed, 99 Foo 2015 07:28:00 GMT' }, undefined],
    ])('with the headers %j says how long to wait', async (headers, retryAfterMs) => {
      const steps = [
        { status: 429, headers },
        { status: 529, headers },
      ]
      await using server = await start({ script: steps })
      expect(await failure(create(server))).toMatchObject({
        kind: 'rate_limited',
        retryable: true,
        retryAfterMs,
      })
      expect(await failure(create(server))).toMatchObject({
        kind: 'unavailable',
        retryable: true,
        retryAfterMs,
      })
    })

    test('with a date says how long it is until then', async () => {
      const headers = { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' }
      await using server = await start({ script: [{ status: 429, headers }] })
      const { retryAfterMs = 0 } = await failure(create(server))
      expect(new Date(Date.now() + retryAfterMs).getUTCFullYear()).toBe(2099)
    })

    test('of the key names the setting to look at', async () => {
      await using server = await start({ script: [], refusals: 1 })
      const error = await failure(create({ ...server, apiKey: 'another-key' }))
      expect(error.message).toBe(`The key for ${named} was refused. Check ${harness.keySetting}.`)
      expect(quotes(error)).not.toContain('another-key')
    })

    test('of the connection can be tried again', async () => {
      const server = await start({ script: [] })
      await server[Symbol.asyncDispose]()
      expect(await failure(create(server))).toMatchObject({ kind: 'unavailable', retryable: true })
    })

    test.each([0, 1, 3, 5])(
      'in the middle of a stream, after %i events, can be tried again',
      async (afterEvents) => {
        await using server = await start({ script: [{ cut: reply({ text: 'Half of what' }), afterEvents }] })
        expect(await failure(create(server))).toMatchObject({ kind: 'unavailable', retryable: true })
      },
    )

    test.each([
      '',
      '<html><body>Bad gateway</body></html>',
      'event: message_start\ndata: {"torn\n\n',
      'data: {"type":"response.completed"}\n\n',
      'event: message_start\ndata: {"type":"message_start"}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
    ])('of what stands on the wire can be tried again and is not logged: %j', async (raw) => {
      // A console of its own: the SDKs keep the functions of one that they have seen.
      const log = vi.fn()
      vi.stubGlobal('console', { ...console, error: log, warn: log, info: log, debug: log, log })
      onTestFinished(() => void vi.unstubAllGlobals())
      await using server = await start({ script: [{ raw }] })
      expect(await failure(create(server))).toMatchObject({ kind: 'unavailable', retryable: true })
      expect(log).not.toHaveBeenCalled()
    })

    test('is a stream that closes in order, but before its end', async () => {
      const start = '{"type":"message_start","message":{"usage":{}}}'
      await using server = await harness.start({
        script: [{ raw: `event: message_start\ndata: ${start}\n\n` }],
      })
      expect(await failure(create(server))).toMatchObject({ kind: 'unavailable', retryable: true })
    })

    test('of the image store is thrown as it is, before anything is sent', async () => {
      await using server = await start({ script: [] })
      const gone = new LoomError({ kind: 'not_found', message: 'It is gone.' })
      const image = { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) } as const
      const request = asking([{ role: 'user', parts: [image] }], { readBlob: () => Promise.reject(gone) })
      await expect(create(server).call(request, never)).rejects.toBe(gone)
    })
  })

  describe('waiting', () => {
    test.each([-1, 0, 4])('ends when nothing comes any more after %i events', async (afterEvents) => {
      await using server = await start({ script: [{ stall: reply({ text: 'Half of' }), afterEvents }] })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      const failed = failure(create({ ...server, stallMs: 60_000 }))
      await server.stalled
      vi.advanceTimersByTime(60_000)
      const error = await failed
      expect(error).toMatchObject({ kind: 'unavailable', retryable: true })
      expect(error.detail).toContain('went silent')
    })

    test('is over with the end of the reply, also when the connection stays', async () => {
      await using server = await start({ script: [{ stall: reply({ text: 'Whole.' }), afterEvents: 99 }] })
      const { parts } = await call(create({ ...server, stallMs: 5_000 }))
      expect(parts).toEqual([{ type: 'text', text: 'Whole.' }])
    })

    test('goes on as long as something comes, be it slow', async () => {
      // More than thirty pieces on every wire, so longer in all than the longest silence.
      const text = 'slowly '.repeat(30)
      await using server = await start({ script: [{ drip: reply({ text }), bytes: 100, everyMs: 25 }] })
      expect(await call(create({ ...server, stallMs: 500 }))).toMatchObject({
        parts: [{ type: 'text', text }],
      })
    })

    test('ends after the longest time for a call, whatever comes', async () => {
      await using server = await start({
        script: [{ drip: reply({ text: 'on and on '.repeat(50) }), bytes: 20, everyMs: 20 }],
      })
      const error = await failure(create({ ...server, stallMs: 5_000, callMs: 600 }))
      expect(error).toMatchObject({ kind: 'unavailable', retryable: true })
      expect(error.detail).toContain('took too long')
    })

    test('ends at once with the reason of an abort, and leaves no listener behind', async () => {
      await using server = await start({ script: [{ stall: reply({ text: 'Half of' }), afterEvents: 4 }] })
      const controller = new AbortController()
      const stopped = new LoomError({ kind: 'cancelled', message: 'Stopped.' })
      const pending = call(create(server), controller.signal)
      await server.stalled
      controller.abort(stopped)
      await expect(pending).rejects.toBe(stopped)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      await expect.poll(server.left).toBe(1)
    })

    test('does not begin when the signal has aborted', async () => {
      await using server = await start({ script: [] })
      const stopped = new LoomError({ kind: 'cancelled', message: 'Stopped.' })
      await expect(call(create(server), AbortSignal.abort(stopped))).rejects.toBe(stopped)
      expect(server.requests).toHaveLength(0)
    })

    test('does not begin when the signal aborts while an image is read', async () => {
      await using server = await start({ script: [] })
      const controller = new AbortController()
      const stopped = new LoomError({ kind: 'cancelled', message: 'Stopped.' })
      const image = { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) } as const
      const readBlob = async () => {
        controller.abort(stopped)
        return new Uint8Array([1])
      }
      const request = asking([{ role: 'user', parts: [image] }], { readBlob })
      await expect(create(server).call(request, controller.signal)).rejects.toBe(stopped)
      expect(server.requests).toHaveLength(0)
    })

    test('leaves no listener behind after a reply', async () => {
      await using server = await start({ script: [{ reply: reply({ text: 'Hi.' }) }, { status: 500 }] })
      const { signal } = new AbortController()
      await call(create(server), signal)
      await failure(create(server), signal)
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })
  })

  test('an image is read once and sent as it is; one that would be refused is told of in words', async () => {
    await using server = await start({ script: [{ reply: reply({ text: 'A chart.' }) }] })
    const read: string[] = []
    const image = (sha256: string) => ({ type: 'image', mediaType: 'image/png', sha256 }) as const
    const messages = [{ role: 'user' as const, parts: [image('small'), image('large'), image('small')] }]
    const readBlob = async (sha256: string) => {
      read.push(sha256)
      return sha256 === 'small' ? new Uint8Array([1, 2, 3]) : new Uint8Array(20_000_000)
    }
    await create(server).call(asking(messages, { readBlob }), never)
    expect(read).toEqual(['small', 'large'])
    const sent = JSON.stringify(server.requests[0]?.body)
    expect(sent.split('AQID')).toHaveLength(3)
    expect(sent).toContain('cannot be shown')
  })

  test('a PDF is read once and sent with its name, or told of in words, in a message and in a result', async () => {
    await using server = await start({ script: [{ reply: reply({ text: 'An invoice.' }) }] })
    const read: string[] = []
    const readBlob = async (sha256: string) => {
      read.push(sha256)
      return sha256 === 'small' ? new Uint8Array([1, 2, 3]) : new Uint8Array(20_000_001)
    }
    const pdf = (sha256: string) =>
      ({
        type: 'document',
        mediaType: 'application/pdf',
        sha256,
        name: 'März 5',
        pages: 3,
        textBytes: 9,
      }) as const
    const content = [{ type: 'text', text: 'Three pages.' } as const, pdf('small')]
    const messages: Message[] = [
      { role: 'user', parts: [pdf('small'), pdf('large')] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', input: {} }] },
      { role: 'user', parts: [{ type: 'tool_result', callId: 'c1', name: 'read', content, isError: false }] },
    ]
    await create(server).call(asking(messages, { readBlob }), never)
    const sent = JSON.stringify(server.requests[0]?.body)
    expect(read).toEqual(harness.takesDocuments ? ['small', 'large'] : [])
    expect(sent.split('AQID')).toHaveLength(harness.takesDocuments ? 3 : 1)
    expect(sent.split('März 5.pdf')).toHaveLength(harness.takesDocuments ? 3 : 1)
    expect(sent.split('A PDF that cannot be shown here')).toHaveLength(harness.takesDocuments ? 2 : 4)
  })

  test('the tools stay declared when none may be called any more', async () => {
    await using server = await start({ script: [{ reply: reply({}) }, { reply: reply({}) }] })
    await create(server).call(asking([said('Hi')]), never)
    await create(server).call(asking([said('Hi')], { mayCallTools: false }), never)
    const [before, after] = server.requests.map(({ body }) => body)
    const { tool_choice: choice, ...rest } = after ?? {}
    expect(JSON.stringify(choice)).toContain('none')
    expect(rest).toEqual(before)
  })

  test.each(['http://api.example.com', 'ftp://127.0.0.1', 'not an address', 'https://me:pw@example.com'])(
    'the address %s is refused by the name of its setting',
    (origin) => {
      expect(() => create({ origin })).toThrow(
        expect.objectContaining({
          kind: 'invalid_input',
          message: expect.stringContaining(harness.urlSetting),
        }),
      )
    },
  )

  test.each(['https://proxy.example.com/models', 'http://localhost:9999', 'http://[::1]:9999/'])(
    'the address %s is taken',
    (origin) => {
      expect(() => create({ origin })).not.toThrow()
    },
  )
}

/** Everything of an error that could reach a log. */
function quotes(error: LoomError): string {
  const own = Object.getOwnPropertyNames(error).map((name) => Reflect.get(error, name))
  return JSON.stringify([own, String(error.cause), error.stack])
}
