import { describe, expect, it } from 'vitest'
import { ofKind, profiled } from './support.ts'

describe('a text', () => {
  const text = [
    '# Plan',
    '',
    'Call them on 3 March 2026 or 2026-03-05, budget $1,200.50 for 3 weeks. See https://example.com/a.',
    '- [ ] write the letter',
    '- [x] buy stamps',
    '## Later',
    'TODO: ask Ines. To do: pay',
    '```js',
    '// TODO: not a to-do of the text',
    '```',
    'Briefe Briefe Briefe und und und',
  ].join('\n')
  const profile = ofKind(profiled('notes.md', text), 'text')

  it('gives its outline with lines', () => {
    expect(profile.headings).toEqual([
      { level: 1, text: 'Plan', line: 1 },
      { level: 2, text: 'Later', line: 6 },
    ])
  })

  it('lists open and done to-dos, and none from code', () => {
    expect(profile.todos.open.map(({ line }) => line)).toEqual([4, 7])
    expect(profile.todos.done).toEqual([{ text: 'buy stamps', line: 5 }])
    expect(profile.fences).toEqual([{ language: 'js', line: 8, lines: 1 }])
  })

  it('finds dates, numbers with their units, and links', () => {
    expect(profile.dates.map(({ iso }) => iso)).toEqual(['2026-03-03', '2026-03-05'])
    expect(profile.numbers.map(({ written }) => written)).toEqual(['$1,200.50', '3 weeks'])
    expect(profile.links).toEqual([{ url: 'https://example.com/a', line: 3 }])
  })

  it('counts the words that carry meaning', () => {
    expect(profile.topWords[0]).toEqual({ value: 'briefe', count: 3 })
    expect(profile.topWords.some(({ value }) => value === 'und')).toBe(false)
  })

  it('leaves a date without a reading when two are possible', () => {
    const [date] = ofKind(profiled('a.md', 'Due 3/4/2026, not 3/14/2026.'), 'text').dates
    expect(date).toEqual({ written: '3/4/2026', line: 1 })
  })
})

describe('a JSON file', () => {
  it('shows its shape and sums a list of flat objects', () => {
    const text = '{"v":1,"items":[{"sku":"a","price":0.1},{"sku":"b","price":0.2,"new":true}]}'
    const profile = ofKind(profiled('a.json', text), 'json')
    expect(profile.keys).toContainEqual({ path: 'items[].price', types: ['number'], count: 2 })
    expect(profile.arrays).toEqual([{ path: 'items', count: 1, shortest: 2, longest: 2 }])
    expect(profile).toMatchObject({ root: 'object', depth: 3, tableAt: 'items', table: { rows: 2 } })
    expect(profile.table?.columns[1]?.numbers?.sum).toBe('0.3')
  })

  it.each([
    ['{\n  "a": 1,\n  "b": oops\n}', 'an unexpected character', 3, 8],
    ['{"a": [1,', 'it ends too early', 1, 10],
    ['{"a": "x', 'it ends too early', 1, 9],
    ['{"a": tru', 'it ends too early', 1, 10],
    ['[1,]', 'an unexpected character', 1, 4],
    ['{"a" 1}', 'an unexpected character', 1, 6],
    ["{'a': 1}", 'an unexpected character', 1, 2],
    ['[01]', 'an unexpected character', 1, 3],
    ['{"a": "b\nc"}', 'an unexpected character', 1, 9],
    ['{} {}', 'an unexpected character', 1, 4],
  ])('says where %j breaks', (text, message, line, column) => {
    expect(ofKind(profiled('a.json', text), 'json').error).toEqual({ message, line, column })
  })

  it('reads a record a line, and names the line that breaks', () => {
    expect(profiled('a.ndjson', '{"n":1}\n{"n":2}\n')).toMatchObject({ root: 'records', table: { rows: 2 } })
    expect(ofKind(profiled('a.jsonl', '{"n":1}\nnope\n'), 'json').error?.line).toBe(2)
  })
})

describe('a code file', () => {
  it('counts lines and names what it defines', () => {
    const text = [
      "import { x } from 'node:fs'",
      '',
      '/* a block',
      '   comment */',
      'export async function load(path: string) {',
      '  // TODO: cache',
      '}',
      'class Reader {}',
      'export const twice = (n: number) => n * 2',
    ].join('\n')
    const profile = ofKind(profiled('lib/a.ts', text), 'code')
    expect(profile).toMatchObject({
      language: 'TypeScript',
      lines: { total: 9, code: 5, comment: 3, blank: 1 },
    })
    expect(profile.names).toEqual([
      { name: 'load', what: 'function', line: 5, exported: true },
      { name: 'Reader', what: 'class', line: 8, exported: false },
      { name: 'twice', what: 'function', line: 9, exported: true },
    ])
    expect(profile.imports).toEqual(['node:fs'])
    expect(profile.todos).toEqual([{ text: 'cache', line: 6 }])
  })

  it('knows the ways into a Python script', () => {
    const text =
      '#!/usr/bin/env python3\nfrom os import path\n\ndef main():\n    pass\n\nif __name__ == "__main__":\n    main()\n'
    const profile = ofKind(profiled('run.py', text), 'code')
    expect(profile.entryPoints).toEqual(expect.arrayContaining(['shebang', 'main function', '`if __name__`']))
    expect(profile.imports).toEqual(['os'])
  })
})
