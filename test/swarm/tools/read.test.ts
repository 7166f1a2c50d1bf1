import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/core/limits.ts'
import { parseReadResult } from '../../../src/swarm/tools/index.ts'
import { openDesk } from './desk.ts'
import { makeLockedPdf, makePdf, makePdfBomb, makeProtectedPdf } from './pdfs.ts'

type Desk = ReturnType<typeof openDesk>

/** Reads a file from its beginning to its end, as an agent does that follows the notices. */
async function readThrough(desk: Desk, path: string, maxChars: (round: number) => number | undefined) {
  const texts: string[] = []
  let next: { line: number; column: number } | undefined = { line: 1, column: 1 }
  for (let round = 0; next !== undefined; round += 1) {
    const { text, isError } = await desk.call('read', { path, ...next, maxChars: maxChars(round) })
    expect(isError, text).toBe(false)
    const lastLine = text.slice(text.lastIndexOf('\n') + 1)
    expect(lastLine).toMatch(/^\[(end of file|cut at line \d+ column \d+ of \d+ lines; go on with \{.+\})\]$/)
    const parsed = parseReadResult(text)
    texts.push(parsed.text)
    next = parsed.next
    if (next !== undefined) expect(parsed.text.length).toBeGreaterThan(0)
  }
  return texts
}

const notices =
  '[end of file]\n[cut at line 1 column 1 of 2 lines; go on with {"path": "x", "line": 1, "column": 1}]'

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        '\n\r',
        '😀',
        '👨‍👩‍👧',
        'é',
        '\ufeff',
        '',
        '[end of file]',
        `\n${notices}`,
        'a,b,c',
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.nat(200).map((length) => 'x'.repeat(length)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

describe('reading a text', () => {
  it('gives exactly the file when the texts of successive reads are put together', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        async (text, sizes) => {
          const desk = openDesk({ 'inputs/a.txt': text })
          const texts = await readThrough(desk, 'inputs/a.txt', (round) => sizes[round % sizes.length])
          expect(texts.join('')).toBe(text)
          for (const [index, part] of texts.entries()) {
            expect(part.isWellFormed()).toBe(true)
            expect(part.length).toBeLessThanOrEqual(Math.max(sizes[index % sizes.length] ?? 0, 2))
            expect(part.endsWith('\r') && texts[index + 1]?.startsWith('\n')).not.toBe(true)
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  it('cuts at a line end where there is one, and tells where to go on', async () => {
    const desk = openDesk({ 'inputs/a "b".csv': 'one\r\ntwo\r\nthree\r\n' })
    const { text } = await desk.call('read', { path: 'inputs/a "b".csv', maxChars: 12 })
    expect(text).toBe(
      'one\r\ntwo\r\n\n' +
        '[cut at line 3 column 1 of 3 lines; go on with {"path": "inputs/a \\"b\\".csv", "line": 3, "column": 1}]',
    )
    expect(parseReadResult(text)).toEqual({ text: 'one\r\ntwo\r\n', next: { line: 3, column: 1 } })
  })

  it('cuts a very long line in the middle, never inside a character', async () => {
    const desk = openDesk({ 'inputs/a.txt': `x${'😀'.repeat(100)}\nend` })
    const { text } = await desk.call('read', { path: 'inputs/a.txt', maxChars: 10 })
    expect(parseReadResult(text)).toEqual({ text: `x${'😀'.repeat(4)}`, next: { line: 1, column: 10 } })
    const inside = await desk.call('read', { path: 'inputs/a.txt', line: 1, column: 11, maxChars: 2 })
    expect(parseReadResult(inside.text)).toEqual({ text: '😀', next: { line: 1, column: 12 } })
  })

  it('says so at the end, and nothing more, for an empty file too', async () => {
    const desk = openDesk({ 'inputs/empty': '', 'inputs/a': 'a' })
    expect((await desk.call('read', { path: 'inputs/empty' })).text).toBe('\n[end of file]')
    expect((await desk.call('read', { path: 'inputs/a' })).text).toBe('a\n[end of file]')
  })

  it('takes only the last line for the notice when the file ends like one', () => {
    expect(parseReadResult(`${notices}\n[end of file]`)).toEqual({ text: notices })
    expect(parseReadResult('[end of file]')).toEqual({ text: '' })
    expect(parseReadResult('There is no such file.')).toEqual({ text: 'There is no such file.' })
  })

  it('gives 32,768 characters unless asked, and never a result over the limit', async () => {
    const desk = openDesk({ 'inputs/a': 'x'.repeat(1_000_000) })
    expect(parseReadResult((await desk.call('read', { path: 'inputs/a' })).text).text.length).toBe(32_768)
    for (const maxChars of [limits.toolResultChars, 10_000_000]) {
      const { text } = await desk.call('read', { path: 'inputs/a', maxChars })
      expect(text.length).toBeLessThanOrEqual(limits.toolResultChars)
      expect(parseReadResult(text).text.length).toBeGreaterThan(limits.toolResultChars - 2_000)
      expect(parseReadResult(text).next).toBeDefined()
    }
  })

  it('reads from a position, and says when there is no such one', async () => {
    const desk = openDesk({ 'inputs/a': 'one\ntwo\n' })
    const from = async (line: number, column?: number) =>
      await desk.call('read', { path: 'inputs/a', line, column })
    expect((await from(2)).text).toBe('two\n\n[end of file]')
    expect((await from(1, 3)).text).toBe('e\ntwo\n\n[end of file]')
    expect((await from(1, 5)).text).toBe('two\n\n[end of file]')
    expect((await from(3)).text).toBe('\n[end of file]')
    expect(await from(4)).toMatchObject({ isError: true, text: 'There is no line 4: the text has 2 lines.' })
    expect(await from(3, 2)).toMatchObject({ isError: true })
    expect(await from(1, 99)).toMatchObject({
      isError: true,
      text: 'Line 1 has 4 characters; there is no column 99.',
    })
  })

  it('keeps byte order marks and line ends, and reads old encodings', async () => {
    const desk = openDesk({
      'inputs/bom.csv': '\ufeffa;b\r\n1;2\r\n',
      'inputs/utf16.csv': Buffer.from('\ufeffä;b\r\n', 'utf16le'),
      'inputs/old.csv': Buffer.from('Stra\xdfe;5 \x80', 'latin1'),
    })
    const text = async (path: string) => parseReadResult((await desk.call('read', { path })).text).text
    expect(await text('inputs/bom.csv')).toBe('\ufeffa;b\r\n1;2\r\n')
    expect(await text('inputs/utf16.csv')).toBe('\ufeffä;b\r\n')
    expect(await text('inputs/old.csv')).toBe('Straße;5 €')
  })

  it('finds a file by a path with a slash too many, and names its like when there is none', async () => {
    const desk = openDesk({ 'inputs/churn.csv': 'x', 'inputs/b.csv': 'y' })
    expect((await desk.call('read', { path: '/inputs/churn.csv' })).isError).toBe(false)
    expect((await desk.call('read', { path: './inputs/churn.csv' })).isError).toBe(false)
    expect(await desk.call('read', { path: 'churn.csv' })).toMatchObject({
      isError: true,
      text: 'There is no file at that path. There is: inputs/churn.csv',
      activity: 'reading churn.csv',
    })
    for (const path of ['../x', '/etc/passwd', 'C:\\x', '', '\0']) {
      expect((await desk.call('read', { path })).isError).toBe(true)
    }
  })

  it.each([
    ['many lines', 'x'.repeat(49).concat('\n').repeat(400_000)],
    ['one line', 'x'.repeat(20_000_000)],
    ['long lines', 'x'.repeat(49_999).concat('\n').repeat(400)],
  ])('reads 20 MB of %s in ranges from one decoding', async (_, text) => {
    const desk = openDesk({ 'inputs/a': text })
    const texts = await readThrough(desk, 'inputs/a', () => undefined)
    expect(texts.join('') === text).toBe(true)
    expect(texts.length).toBeGreaterThan(600)
    expect(desk.objects.gets()).toBe(1)
  })

  it('says on the card what it reads, without what nobody can see', async () => {
    const desk = openDesk({})
    const activity = async (path: string) => (await desk.call('read', { path })).activity
    expect(await activity('inputs/churn.csv')).toBe('reading churn.csv')
    expect(await activity('inputs/a\u202eb\n.csv')).toBe('reading ab.csv')
    expect((await activity('x'.repeat(5_000))).length).toBeLessThan(80)
  })
})

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** The start of a JPEG of 16 × 8: JFIF header and the frame's size. */
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080008001001011100ffd9', 'hex')

describe('reading what is not text', () => {
  it('gives a picture as a picture, with its size, whatever its name', async () => {
    const desk = openDesk({ 'inputs/chart.csv': png, 'inputs/photo.jpg': jpeg })
    const chart = await desk.call('read', { path: 'inputs/chart.csv' })
    const sha256 = desk.workspace.stat('inputs/chart.csv')?.sha256
    expect(chart.content).toEqual([
      { type: 'text', text: `inputs/chart.csv: image/png, 1 × 1 pixels, ${png.length} B` },
      { type: 'image', mediaType: 'image/png', sha256 },
    ])
    expect((await desk.call('read', { path: 'inputs/photo.jpg' })).text).toContain(
      'image/jpeg, 16 × 8 pixels',
    )
  })

  it('shows no broken picture and none that a provider would refuse', async () => {
    const wide = Buffer.from(png)
    wide.writeUInt32BE(9_000, 16)
    const heavy = Buffer.concat([png, Buffer.alloc(4_000_000)])
    const desk = openDesk({ 'broken.png': png.subarray(0, 12), 'wide.png': wide, 'heavy.png': heavy })
    for (const path of ['broken.png', 'wide.png', 'heavy.png']) {
      const { content, isError } = await desk.call('read', { path })
      expect(isError).toBe(true)
      expect(content.map((part) => part.type)).toEqual(['text'])
    }
  })

  it('describes a binary called .csv and never shows it as text', async () => {
    const desk = openDesk({
      'inputs/a.csv': Buffer.from([0, 1, 2, 0xff, 0xfe, 0x80]),
      'inputs/late.txt': Buffer.concat([Buffer.alloc(70_000, 'text '), Buffer.from([0, 0xff, 0, 0x80])]),
    })
    expect(await desk.call('read', { path: 'inputs/a.csv' })).toMatchObject({
      isError: true,
      text: 'inputs/a.csv is not text: application/octet-stream, 6 B. Its first 6 bytes: 00 01 02 ff fe 80',
    })
    expect((await desk.call('read', { path: 'inputs/late.txt' })).text).toContain('is not text')
  })

  it('gives the text of a PDF by page, and in ranges', async () => {
    const desk = openDesk({ 'inputs/a.pdf': makePdf(['Churn rose\nto 4.4 percent', '', 'The end']) })
    const { text, isError } = await desk.call('read', { path: 'inputs/a.pdf' })
    expect(isError, text).toBe(false)
    expect(text).toBe(
      '--- page 1 ---\nChurn rose\nto 4.4 percent\n\n--- page 2 ---\n(no text)\n\n--- page 3 ---\nThe end\n\n[end of file]',
    )
    const texts = await readThrough(desk, 'inputs/a.pdf', () => 20)
    expect(`${texts.join('')}\n[end of file]`).toBe(text)
    expect(desk.objects.gets()).toBe(1)
  })

  it.each([
    ['without pages', makePdf([]), 'broken'],
    ['cut off', makePdf(['text']).subarray(0, 60), 'broken'],
    ['with nothing but a header', Buffer.from('%PDF-1.7\n'), 'broken'],
    ['locked', makeLockedPdf(), 'password'],
  ])('says in words what is wrong with a PDF %s', async (_, bytes, words) => {
    const desk = openDesk({ 'inputs/a.pdf': bytes })
    const { text, isError } = await desk.call('read', { path: 'inputs/a.pdf' })
    expect(text).toContain(words)
    expect(isError).toBe(true)
  })

  describe('a PDF to look at', () => {
    const read = async (bytes: Buffer, input: object = {}) => {
      const desk = openDesk({ 'inputs/a b.pdf': bytes })
      const answer = await desk.call('read', { path: 'inputs/a b.pdf', ...input })
      return { ...answer, sha256: desk.workspace.stat('inputs/a b.pdf')?.sha256 }
    }
    const shown = { type: 'document', mediaType: 'application/pdf', name: 'a b.pdf' }

    it('is one without any text, such as a scan', async () => {
      const { content, isError, sha256 } = await read(makePdf(['', '']))
      expect(isError).toBe(false)
      expect(content).toEqual([
        {
          type: 'text',
          text: expect.stringMatching(/^inputs\/a b\.pdf: a PDF of 2 pages, .+ without any text/),
        },
        { ...shown, sha256, pages: 2, textBytes: 0 },
      ])
    })

    it('is one whose pages are asked for, with the bytes of its text', async () => {
      const bytes = makePdf(['Churn rose\nto 4.4 percent', '', 'The end'])
      const { content, isError, sha256 } = await read(bytes, { pages: true })
      expect(isError).toBe(false)
      const textBytes = 'Churn rose\nto 4.4 percentThe end'.length
      expect(content).toEqual([
        { type: 'text', text: expect.stringContaining('a PDF of 3 pages') },
        { ...shown, sha256, pages: 3, textBytes },
      ])
      expect((await read(bytes, { pages: false })).text).toContain('--- page 1 ---')
      expect((await read(bytes, { pages: null })).text).toContain('--- page 1 ---')
    })

    it('is still read as text, in ranges too, after it was looked at', async () => {
      const desk = openDesk({ 'a.pdf': makePdf(['one', 'two']) })
      expect((await desk.call('read', { path: 'a.pdf', pages: true })).content).toHaveLength(2)
      expect((await desk.call('read', { path: 'a.pdf', line: 2, maxChars: 4 })).text).toContain('one\n')
      expect(desk.objects.gets()).toBe(1)
    })

    const padded = (pdf: Buffer) => Buffer.concat([pdf, Buffer.alloc(20_000_001 - pdf.length, '\n')])
    const dense = makePdf(Array(5).fill(`${'x'.repeat(80)}\n`.repeat(1_600)), { leading: 0.1 })
    const scans = Array.from({ length: 101 }, () => '')
    const pages = Array.from({ length: 101 }, (_, page) => `page ${page}`)

    it.each([
      ['a scan of too many pages', makePdf(scans), 'a PDF of 101 pages', 'in smaller parts'],
      ['too many pages', makePdf(pages), 'at most 20 MB, 100 pages', 'Read its text instead'],
      ['too many bytes', padded(makePdf(['one'])), 'at most 20 MB, 100 pages', 'Read its text instead'],
      ['too much text', dense, '600 KB of text', 'Read its text instead'],
      ['protection', makeProtectedPdf(), 'It is protected', 'without protection'],
    ])('is none with %s, and what to do is said', async (_, bytes, why, instead) => {
      const { content, isError, text } = await read(bytes, { pages: true })
      expect(isError).toBe(true)
      expect(content.map((part) => part.type)).toEqual(['text'])
      expect(text).toContain(why)
      expect(text).toContain(instead)
    })

    it('is one of a hundred pages', async () => {
      const { content } = await read(makePdf(scans.slice(1)))
      expect(content[1]).toMatchObject({ type: 'document', pages: 100 })
    })

    it.each([
      ['cut off', makePdf(['text']).subarray(0, 60), 'broken'],
      ['locked', makeLockedPdf(), 'password'],
    ])('is none that is %s', async (_, bytes, words) => {
      const { isError, text } = await read(bytes, { pages: true })
      expect(text).toContain(words)
      expect(isError).toBe(true)
    })

    it('is not asked of what is no PDF: a text comes as text, a picture as a picture', async () => {
      const desk = openDesk({ 'a.csv': 'a;b', 'a.png': png })
      expect((await desk.call('read', { path: 'a.csv', pages: true })).text).toBe('a;b\n[end of file]')
      expect((await desk.call('read', { path: 'a.png', pages: true })).content[1]).toMatchObject({
        type: 'image',
      })
    })
  })

  it('gives up on a small PDF that unpacks to gigabytes', async () => {
    const desk = openDesk({ 'inputs/a.pdf': makePdfBomb() })
    expect(desk.workspace.stat('inputs/a.pdf')?.bytes).toBeLessThan(10_000)
    const before = process.memoryUsage().rss
    expect(await desk.call('read', { path: 'inputs/a.pdf' })).toMatchObject({
      isError: true,
      text: 'The PDF takes too long or too much memory to read.',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(2_000_000_000)
  })

  it('stops reading a PDF at an abort', async () => {
    const desk = openDesk({
      'inputs/a.pdf': makePdf(Array.from({ length: 400 }, (_, page) => `page ${page}`)),
    })
    const stop = new AbortController()
    const tool = desk.tools.find((tool) => tool.spec.name === 'read')
    const reading = tool?.run({ path: 'inputs/a.pdf' }, { ...desk.context, signal: stop.signal })
    setImmediate(() => stop.abort(new Error('stopped')))
    await expect(reading).rejects.toThrow('stopped')
  })
})
