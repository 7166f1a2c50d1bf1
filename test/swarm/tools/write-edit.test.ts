import { describe, expect, it } from 'vitest'
import { openDesk } from './desk.ts'

describe('writing', () => {
  it('creates, replaces, and says what reaches the person', async () => {
    const desk = openDesk()
    expect(await desk.call('write', { path: './final/report.md', content: '# Churn\r\n' })).toMatchObject({
      isError: false,
      text: 'Wrote final/report.md (9 B). It will reach the person with the answer.',
      activity: 'writing report.md',
    })
    expect((await desk.call('write', { path: 'final/report.md', content: 'é' })).text).toMatch(
      /^Replaced .*\(2 B\)/,
    )
    expect((await desk.call('write', { path: 'notes.csv', content: '' })).text).toBe('Wrote notes.csv (0 B).')
    expect(desk.workspace.drain()).toMatchObject([
      { path: 'final/report.md', mediaType: 'text/markdown', writtenBy: 'compare' },
      { path: 'notes.csv', mediaType: 'text/csv', bytes: 0 },
    ])
    expect(await desk.text('final/report.md')).toBe('é')
  })

  it.each([
    '../x',
    '/etc/passwd',
    'C:\\x',
    'a/../../b',
    'a\u0007',
    'x'.repeat(300),
    'con',
    '.',
    '',
    'a\u202eb',
    'inputs/a',
  ])('answers the path %j with an error that the model reads', async (path) => {
    const desk = openDesk()
    const { isError, text } = await desk.call('write', { path, content: 'x' })
    expect(isError).toBe(true)
    expect(text).toMatch(/path cannot be used|inputs\//)
    expect(desk.workspace.drain()).toEqual([])
  })

  it('refuses a file over the limit, naming it', async () => {
    const desk = openDesk()
    const { isError, text } = await desk.call('write', { path: 'a', content: 'é'.repeat(5_000_001) })
    expect(isError).toBe(true)
    expect(text).toContain('10 MB')
  })
})

describe('editing', () => {
  const edit = async (before: string | Uint8Array, input: Record<string, unknown>) => {
    const desk = openDesk({ 'notes.md': before }, 'first')
    const result = await desk.call('edit', { path: 'notes.md', ...input })
    return { ...result, after: await desk.text('notes.md'), writes: desk.workspace.drain().length }
  }

  it('replaces one exact place and nothing around it', async () => {
    const result = await edit('\ufeffa\r\nb\r\nc', { old: 'b\r\n', new: '$& $1\r\n' })
    expect(result).toMatchObject({
      isError: false,
      text: 'Replaced 1 place in notes.md (14 B).',
      after: '\ufeffa\r\n$& $1\r\nc',
      activity: 'editing notes.md',
    })
  })

  it('replaces every place when asked, the first and the last included', async () => {
    const result = await edit('aa-aaa', { old: 'aa', new: 'b', all: true })
    expect(result).toMatchObject({ after: 'b-ba', text: expect.stringContaining('2 places') })
    expect((await edit('x', { old: 'x', new: '', all: true })).after).toBe('')
    expect(
      (await edit(`${'a'.repeat(40)}b`.repeat(3), { old: `${'a'.repeat(39)}b`, new: '.', all: true })).after,
    ).toBe('a.a.a.')
  })

  it('changes nothing when there are several places, and shows them', async () => {
    const result = await edit('one x\ntwo\nthree x\n', { old: 'x', new: 'y' })
    expect(result).toMatchObject({ isError: true, writes: 0 })
    expect(result.text).toBe(
      '"old" is in notes.md 2 times:\n1: one x\n3: three x\n' +
        'Give more of the text around the one you mean, or set "all" to true.',
    )
  })

  it('changes nothing when there is no place, and shows lines like it', async () => {
    const result = await edit('alpha\n  Beta  gamma\nomega\n', { old: 'beta gamma', new: 'y' })
    expect(result).toMatchObject({ isError: true, writes: 0 })
    expect(result.text).toContain('found 0 times')
    expect(result.text).toContain('2:   Beta  gamma')
    expect((await edit('alpha', { old: 'nothing like it', new: 'y' })).text).toContain('found 0 times')
  })

  it('says when only the line ends differ', async () => {
    expect((await edit('a\r\nb\r\n', { old: 'a\nb', new: 'x' })).text).toContain(
      'only with \\r\\n as line end',
    )
    expect((await edit('a\nb\n', { old: 'a\r\nb', new: 'x' })).text).toContain('only with \\n as line end')
  })

  it('refuses an empty or a pointless edit, a missing file, and what is no text', async () => {
    expect((await edit('a', { old: '', new: 'x' })).text).toContain('old: must not be empty')
    expect((await edit('a', { old: 'a', new: 'a' })).isError).toBe(true)
    expect((await edit('a', { old: 'a', new: 'b', path: 'none.md' })).text).toContain('There is no file')
    expect((await edit(Buffer.from([0, 1, 2]), { old: 'a', new: 'b' })).text).toContain('not a text file')
  })

  it('leaves what came with the brief as it is', async () => {
    const desk = openDesk({ 'inputs/a.csv': 'a' })
    const { isError, text } = await desk.call('edit', { path: 'inputs/a.csv', old: 'a', new: 'b' })
    expect(isError).toBe(true)
    expect(text).toContain('inputs/')
    expect(await desk.text('inputs/a.csv')).toBe('a')
  })

  it('says when it had to change the encoding', async () => {
    const result = await edit(Buffer.from('caf\xe9', 'latin1'), { old: 'é', new: 'é!' })
    expect(result.after).toBe('café!')
    expect(result.text).toContain('It was windows-1252 and is UTF-8 now.')
  })

  it('refuses to grow a file past the limit before building it', async () => {
    const result = await edit('a'.repeat(100_000), { old: 'a', new: 'b'.repeat(100_000), all: true })
    expect(result).toMatchObject({ isError: true, writes: 0 })
    expect(result.text).toContain('10 MB')
  })

  it('is not slowed down by a piece that almost fits everywhere', async () => {
    const half = 'a'.repeat(50_000)
    const before = process.cpuUsage()
    await edit('a'.repeat(9_000_000), { old: `${half}b${half}`, new: 'x' })
    // Of this process alone, whatever else the machine does.
    const { system, user } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(5_000)
  })
})
