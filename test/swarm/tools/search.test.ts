import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern } from '../../../src/swarm/tools/pattern.ts'
import { openDesk } from './desk.ts'
import { makePdf } from './pdfs.ts'

const files = {
  'inputs/a.csv': 'id,state\r\n1,active\r\n2,Cancelled (late)\r\n',
  'inputs/b.csv': 'id,state\n3,cancelled\n',
  'notes/c.md': 'a+b = 3.5 $\nthe end',
  'inputs/logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]),
}

const search = async (input: Record<string, unknown>) => await openDesk(files).call('search', input)

describe('searching', () => {
  it('finds lines with their file and number, and skips what is no text', async () => {
    expect(await search({ query: 'ancelled' })).toMatchObject({
      isError: false,
      text:
        'inputs/a.csv:3: 2,Cancelled (late)\ninputs/b.csv:2: 3,cancelled\n' +
        '[2 lines in 4 files; 1 file without text skipped]',
      activity: 'searching 4 files',
    })
  })

  it('takes every sign for itself unless a pattern is asked for', async () => {
    for (const query of ['a+b', '3.5 $', '(late)', '= 3']) {
      expect((await search({ query })).text, query).toMatch(/^\S+:\d+: .*\n\[1 line in /)
    }
    expect((await search({ query: 'a*b' })).text).toMatch(/^\[0 lines/)
  })

  it('looks below a path only, at a single file, and with or without case', async () => {
    expect((await search({ query: 'CANCELLED', ignoreCase: true, path: 'inputs/' })).text).toContain(
      '[2 lines in 3',
    )
    expect((await search({ query: 'cancelled', path: 'inputs/b.csv' })).activity).toBe('searching 1 file')
    expect(await search({ query: 'x', path: 'none' })).toMatchObject({
      isError: true,
      activity: 'searching the files',
    })
  })

  it('never puts the query on the card', async () => {
    expect((await search({ query: 'Cancelled' })).activity).not.toContain('Cancelled')
    expect((await search({ query: '(', regex: true })).activity).toBe('searching 4 files')
  })

  it.each([
    ['*,c*led', ['inputs/b.csv:2']],
    ['active|the end', ['inputs/a.csv:2', 'notes/c.md:2']],
    ['^id', ['inputs/a.csv:1', 'inputs/b.csv:1']],
    ['led$', ['inputs/b.csv:2']],
    ['^3*led$', ['inputs/b.csv:2']],
    ['^the end$', ['notes/c.md:2']],
    ['^the$', []],
    ['C.*\\(late\\)', ['inputs/a.csv:3']],
    ['3\\.5 \\$', ['notes/c.md:1']],
  ])('understands the pattern %j', async (query, places) => {
    const { text, isError } = await search({ query, regex: true })
    expect(isError, text).toBe(false)
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/: .*/, '')),
    ).toEqual(places)
  })

  it.each(['(a+)+$', '[a-z]', 'a{1,3}', '\\d+', 'a?', 'a||b', '', '*', 'a\nb', '\\'])(
    'refuses the pattern %j in words',
    async (query) => {
      expect(await search({ query, regex: true })).toMatchObject({ isError: true })
    },
  )

  it('agrees with a real regular expression on what it understands', () => {
    const signs = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 6 })
    const part = fc.tuple(fc.boolean(), signs, fc.boolean()).map(([start, signs, end]) => {
      return `${start ? '^' : ''}${signs.join('')}${end ? '$' : ''}`
    })
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((line) => line.join('')),
        (parts, line) => {
          const matcher = compilePattern({ query: parts.join('|'), isPattern: true, ignoreCase: false })
          fc.pre(typeof matcher !== 'string')
          const real = new RegExp(parts.join('|').replaceAll('*', '.*'))
          expect(typeof matcher !== 'string' && matcher(line) !== undefined).toBe(real.test(line))
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it.each([
    [{ query: '(a+)+$' }],
    [{ query: `${'a*'.repeat(200)}b`, regex: true }],
    [{ query: `${'a'.repeat(500)}b${'a'.repeat(499)}` }],
    [{ query: Array.from({ length: 20 }, (_, at) => `${'a'.repeat(20)}b${at}`).join('|'), regex: true }],
  ])('is not held up by a catastrophic pattern', async (input) => {
    const desk = openDesk({ 'inputs/a.txt': 'a'.repeat(5_000_000) })
    const started = performance.now()
    const { text } = await desk.call('search', input)
    expect(text).toContain('[0 lines')
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('stops at the most lines and says how to go on', async () => {
    const desk = openDesk({ 'a.txt': 'hit\n'.repeat(500) })
    const hits = async (max?: number) => (await desk.call('search', { query: 'hit', max })).text.split('\n')
    expect(await hits()).toHaveLength(51)
    expect((await hits()).at(-1)).toBe(
      '[the first 50 lines; there are more: narrow the query or the path, or raise "max" (up to 200)]',
    )
    expect((await hits(200)).at(-1)).toBe(
      '[the first 200 lines; there are more: narrow the query or the path]',
    )
    expect((await desk.call('search', { query: 'hit', max: 201 })).isError).toBe(true)
  })

  it('shows a long line around the hit only', async () => {
    const desk = openDesk({ 'a.txt': `${'x'.repeat(100_000)}needle${'y'.repeat(100_000)}` })
    const { text } = await desk.call('search', { query: 'needle' })
    expect(text).toContain('needle')
    expect(text.length).toBeLessThan(400)
  })

  it('finds text in a PDF, at the line that read shows', async () => {
    const desk = openDesk({ 'inputs/a.pdf': makePdf(['first', 'needle']) })
    const { text } = await desk.call('search', { query: 'needle' })
    expect(text).toContain('inputs/a.pdf:5: needle')
    expect((await desk.call('read', { path: 'inputs/a.pdf', line: 5 })).text).toMatch(/^needle/)
  })

  it('stops at an abort in the middle of a large file', async () => {
    const desk = openDesk({ 'a.txt': 'line\n'.repeat(4_000_000) })
    const stop = new AbortController()
    const tool = desk.tools.find((tool) => tool.spec.name === 'search')
    const running = tool?.run({ query: 'none' }, { ...desk.context, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped')), 1)
    await expect(running).rejects.toThrow('stopped')
  })
})
