import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import { limits } from '../../../src/core/limits.ts'
import type { Part } from '../../../src/core/model.ts'
import type { Tool } from '../../../src/core/workspace.ts'
import { runCalls } from '../../../src/swarm/run-calls.ts'
import { keepResult } from '../../../src/swarm/tools/index.ts'
import { openDesk, textOf } from './desk.ts'

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `row ${at} of the result\n`).join('')
const text = (words: string) => ({ type: 'text', text: words }) as const
const keepAs = { folder: 'compare', name: 'step-3-call-1', roomChars: 100_000 }

describe('a large result', () => {
  it('stands in the transcript as its head and tail, and whole at a path that can be read and searched', async () => {
    const desk = openDesk()
    const whole = lines(5_000)
    const [shown, ...more] = await keepResult(desk.context, { ...keepAs, content: [text(whole)] })
    expect(more).toEqual([])
    const words = shown?.type === 'text' ? shown.text : ''
    expect(words.length).toBeLessThanOrEqual(limits.resultInlineChars)
    expect(words.startsWith('row 0 of the result\n')).toBe(true)
    expect(words.endsWith('row 4999 of the result\n')).toBe(true)
    const notice =
      /\n\[… (\d+) of (\d+) characters are left out here; the whole stands at (\S+): .*…\]\n/.exec(words)
    expect(notice?.slice(1)).toEqual([
      expect.any(String),
      String(whole.length),
      'results/compare/step-3-call-1.txt',
    ])
    const [head = '', tail = ''] = words.split(notice?.[0] ?? '')
    expect(Number(notice?.[1])).toBe(whole.length - head.length - tail.length)
    expect(await desk.text('results/compare/step-3-call-1.txt')).toBe(whole)
    expect((await desk.call('search', { query: 'row 2500 of' })).text).toContain(
      'results/compare/step-3-call-1.txt:2501: row 2500 of the result',
    )
    const [file] = desk.workspace.drain()
    expect(file).toMatchObject({ path: 'results/compare/step-3-call-1.txt', writtenBy: 'compare' })
  })

  it('up to the bound stays as it is, and writes nothing', async () => {
    const desk = openDesk()
    const content = [text('x'.repeat(limits.resultInlineChars))]
    expect(await keepResult(desk.context, { ...keepAs, content })).toBe(content)
    expect(desk.workspace.list()).toEqual([])
  })

  it('keeps its pictures', async () => {
    const image = { type: 'image', mediaType: 'image/png', sha256: 'a' } as const
    const content = [text(lines(2_000)), image, text('more')]
    expect(await keepResult(openDesk().context, { ...keepAs, content })).toEqual([
      expect.objectContaining({ type: 'text' }),
      image,
    ])
  })

  it('does not take the place of a file of that name, and says so where there can be none', async () => {
    const desk = openDesk()
    await desk.call('write', { path: 'results/compare/step-3-call-1.txt', content: 'mine' })
    const [shown] = await keepResult(desk.context, { ...keepAs, content: [text(lines(2_000))] })
    expect(textOf(shown ? [shown] : [])).toContain('results/compare/step-3-call-1-2.txt')
    expect(await desk.text('results/compare/step-3-call-1.txt')).toBe('mine')
    const other = openDesk()
    await other.call('write', { path: 'results', content: 'a file' })
    const [cut] = await keepResult(other.context, { ...keepAs, content: [text(lines(2_000))] })
    expect(textOf(cut ? [cut] : [])).toContain('could not be kept: ask for a smaller part')
  })

  it('waits for a store that does not answer, like any tool', async () => {
    const { context } = openDesk()
    const lost = new LoomError({ kind: 'unavailable', message: 'Away.', retryable: true })
    const workspace = { ...context.workspace, write: () => Promise.reject(lost) }
    await expect(
      keepResult({ ...context, workspace }, { ...keepAs, content: [text(lines(2_000))] }),
    ).rejects.toBe(lost)
  })

  it('is well-formed and within the bound for any text and any room', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.nat({ max: 8_000 }),
        fc.nat({ max: 30_000 }),
        async (piece, times, roomChars) => {
          const desk = openDesk()
          const whole = piece.repeat(times)
          const kept = await keepResult(desk.context, { ...keepAs, roomChars, content: [text(whole)] })
          const shown = textOf(kept)
          expect(shown.isWellFormed()).toBe(true)
          expect(shown.length).toBeLessThanOrEqual(
            Math.min(limits.resultInlineChars, Math.max(2_048, roomChars)),
          )
          if (shown !== whole) expect(await desk.text('results/compare/step-3-call-1.txt')).toBe(whole)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the results of one step', () => {
  const run = async (
    desk: ReturnType<typeof openDesk>,
    parts: Part[],
    tools: readonly Tool[],
    roomChars: number,
  ) => {
    const { people, signal, workspace } = desk.context
    const ran = await runCalls(
      {
        ...{ tools, workspace, signal, roomChars },
        stepId: 'step',
        people: () => people,
        outlast: (work) => work(),
        keepAs: { folder: 'compare', ordinal: 2 },
      },
      parts,
    )
    if (!ran) throw new Error('The task rests.')
    return ran
  }

  it('share its room, and each that does not fit is found whole', async () => {
    const desk = openDesk()
    const long: Tool = {
      spec: { name: 'long', description: '', inputSchema: {} },
      effect: 'none',
      run: async () => ({ content: [text(lines(1_000))], isError: false, activity: 'working' }),
    }
    const calls = Array.from(
      { length: 8 },
      (_, at): Part => ({ type: 'tool_call', id: `c${at}`, name: 'long', input: {} }),
    )
    const { results } = await run(desk, calls, [long], 40_000)
    const sizes = results.map((part) => (part.type === 'tool_result' ? textOf(part.content).length : 0))
    expect(sizes).toHaveLength(8)
    // What is over the room are heads and tails of the least size.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000 + 8 * 2_048)
    expect(sizes[7]).toBeLessThanOrEqual(2_048)
    expect(desk.workspace.list().map((file) => file.path)).toEqual(
      Array.from({ length: 8 }, (_, at) => `results/compare/step-3-call-${at + 1}.txt`),
    )
  })

  it('that are pages of a file get shorter, say how to go on, and are not kept a second time', async () => {
    const whole = lines(20_000)
    const desk = openDesk({ 'inputs/rows.txt': whole })
    const read = (line: number): Part => ({
      type: 'tool_call',
      id: `r${line}`,
      name: 'read',
      input: { path: 'inputs/rows.txt', line, maxChars: limits.toolResultChars },
    })
    const { results } = await run(desk, [read(1), read(2)], desk.tools, 50_000)
    const [first = '', second = ''] = results.map((part) =>
      part.type === 'tool_result' ? textOf(part.content) : '',
    )
    expect(first.length).toBeGreaterThan(40_000)
    expect(first).toMatch(/\[cut at line \d+ .*go on with .*\]$/)
    expect(first.length + second.length).toBeLessThan(56_000)
    expect(second).toMatch(/go on with/)
    expect(desk.workspace.drain()).toEqual([])
  })
})
