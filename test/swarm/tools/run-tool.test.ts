import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LoomError } from '../../../src/core/errors.ts'
import type { Tool } from '../../../src/core/workspace.ts'
import { defineTool, runTool } from '../../../src/swarm/tools/index.ts'
import { openDesk, textOf } from './desk.ts'

function tool(run: Tool['run']): Tool {
  return { spec: { name: 'probe', description: '', inputSchema: {} }, effect: 'none', run }
}

function defined(run: () => Promise<never>): Tool {
  return defineTool({
    name: 'probe',
    description: 'A probe.',
    input: z.strictObject({ path: z.string(), count: z.number().optional() }),
    effect: 'none',
    activity: () => 'probing',
    run,
  })
}

const call = { id: 'call-7', name: 'probe', input: { path: 'x' } }
const { context } = openDesk()
const throws = (thrown: unknown) => () => Promise.reject(thrown)

describe('running a tool', () => {
  it('answers the call by its id and name', async () => {
    const { result, activity } = await runTool(
      [
        tool(async () => ({
          content: [{ type: 'text', text: 'done' }],
          isError: false,
          activity: 'probing',
        })),
      ],
      call,
      context,
    )
    expect(activity).toBe('probing')
    expect(result).toEqual({
      type: 'tool_result',
      callId: 'call-7',
      name: 'probe',
      content: [{ type: 'text', text: 'done' }],
      isError: false,
    })
  })

  it('answers an unknown tool with the names of the known ones', async () => {
    const desk = openDesk()
    expect(await desk.call('bash', {})).toMatchObject({
      isError: true,
      text: 'There is no tool of that name. The tools: list, read, write, edit, search.',
    })
  })

  it.each([
    [{}, 'path: '],
    [{ path: 1 }, 'path: '],
    [{ path: 'a', count: 'many' }, 'count: '],
    [{ path: 'a', colour: 'red' }, 'there is no field "colour"'],
    ['a string', 'the input: '],
    [[], 'the input: '],
    [null, 'path: '],
    [undefined, 'path: '],
  ])('answers the bad input %j by naming the field and the fields there are', async (input, words) => {
    const { result } = await runTool([defined(throws(new Error('never runs')))], { ...call, input }, context)
    expect(result.isError).toBe(true)
    expect(textOf(result.content)).toContain(words)
    expect(textOf(result.content)).toContain('Its fields: path, count?.')
  })

  it('takes null for a field left out', async () => {
    const desk = openDesk({ 'inputs/a': 'text' })
    const input = { path: 'inputs/a', line: null, column: null, maxChars: null }
    expect((await desk.call('read', input)).text).toBe('text\n[end of file]')
    expect((await desk.call('list', null)).isError).toBe(false)
  })

  it('turns what a tool throws into a result without internals', async () => {
    const secret = new Error('password hunter2 at /srv/loom/x.ts:12')
    const denied = new LoomError({ kind: 'too_large', message: 'That is too much.', detail: 'hunter2' })
    for (const broken of [tool, defined]) {
      const strange = await runTool([broken(throws(secret))], call, context)
      expect(strange.result.isError).toBe(true)
      expect(JSON.stringify(strange)).not.toContain('hunter2')
      const told = await runTool([broken(throws(denied))], call, context)
      expect(told.result).toMatchObject({
        isError: true,
        content: [{ type: 'text', text: 'That is too much.' }],
      })
    }
  })

  it('throws on what a model can do nothing about', async () => {
    for (const kind of ['unavailable', 'rate_limited', 'lease_lost', 'cancelled'] as const) {
      const lost = new LoomError({ kind, message: 'Lost.' })
      for (const broken of [tool, defined]) {
        await expect(runTool([broken(throws(lost))], call, context)).rejects.toBe(lost)
      }
    }
  })

  it('throws the abort, before and after the tool', async () => {
    const stop = new AbortController()
    const aborting = tool(async () => {
      stop.abort(new Error('stopped'))
      return { content: [], isError: false, activity: '' }
    })
    const stopped = { ...context, signal: stop.signal }
    await expect(runTool([aborting], call, stopped)).rejects.toThrow('stopped')
    await expect(runTool([aborting], call, stopped)).rejects.toThrow('stopped')
  })
})

describe('the tools of a workspace', () => {
  it('describe themselves to a model in plain JSON Schema', () => {
    for (const { spec, effect } of openDesk().tools) {
      expect(effect).toBe('none')
      expect(spec.description.length).toBeGreaterThan(40)
      expect(spec.inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(spec.inputSchema).not.toHaveProperty('$schema')
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    }
  })
})

describe('listing', () => {
  it('shows path, size, type and author', async () => {
    const desk = openDesk({ 'inputs/churn.csv': 'a,b\n' })
    await desk.call('write', { path: 'final/report.md', content: 'text' })
    const { text, activity } = await desk.call('list', {})
    expect(text).toBe(
      'final/report.md\t4 B\ttext/markdown\twritten by compare\ninputs/churn.csv\t4 B\ttext/csv\tcame with the brief',
    )
    expect(activity).toBe('looking through the files')
    expect((await desk.call('list', { path: './inputs/' })).text).toMatch(/^inputs\/churn\.csv\t[^\n]*$/)
    expect((await desk.call('list', { path: 'none' })).isError).toBe(true)
    expect((await openDesk().call('list', {})).text).toBe('There are no files yet.')
  })

  it('shows 500 at once and every file once when one goes on', async () => {
    const names = Array.from({ length: 1_203 }, (_, at) => `inputs/${String(at).padStart(5, '0')}.csv`)
    const desk = openDesk(Object.fromEntries(names.map((name) => [name, name])))
    const seen: string[] = []
    let input: unknown = {}
    for (let round = 1; round <= 3; round += 1) {
      const lines = (await desk.call('list', input)).text.split('\n')
      seen.push(...lines.flatMap((line) => (line.includes('\t') ? [line.split('\t')[0] ?? ''] : [])))
      const goOn = /^\[500 of [\d,]+ files; go on with (.*)\]$/.exec(lines.at(-1) ?? '')
      if (round < 3) input = JSON.parse(goOn?.[1] ?? '')
      else expect(goOn).toBeNull()
    }
    expect(seen).toEqual(names)
  })
})
