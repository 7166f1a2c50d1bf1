import fc from 'fast-check'
import { expect, test } from 'vitest'
import { harmlessLine, harmlessText, harmlessUrl } from '../../../src/bots/words/harmless.ts'

test.each([
  ['a\u001b[31mred\u001b[0m', 'ared'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['a\u001b]52;c;aGk=\u001b\\b', 'ab'],
  ['a\u001b]8;;http://x\u001b\\words\u001b]8;;\u001b\\b', 'awordsb'],
  ['a\u009b31mb\u009d0;title\u009cc', 'abc'],
  ['a\u001bPq#0\u001b\\b', 'ab'],
  ['file\u202egpj.exe', 'filegpj.exe'],
  ['zero\u200bwidth\u00ad', 'zerowidth'],
  ['tags\u{e0041}\u{e0042}', 'tags'],
  ['pass\u200dword', 'password'],
])('%j becomes %j', (given, expected) => {
  expect(harmlessText(given)).toBe(expected)
})

test('ordinary writing of any script stays as it is', () => {
  for (const text of [
    'Größe: 3,1 % → 4,4 %',
    '日本語、テスト',
    'می\u200cخواهم',
    'क्\u200dष',
    'tab\tand\nline',
    '👍🏽 🇩🇪',
  ]) {
    expect(harmlessText(text)).toBe(text)
  }
})

test('a line holds no line ends', () => {
  expect(harmlessLine('  two\r\nlines\u2028and\tmore \n')).toBe('two lines and more')
})

test('whatever is given, nothing that acts gets through, and doing it twice changes nothing', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b', '[', ']', ';', '\u0007', '\\', '\u009b', '3', 'm'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
  })
  fc.assert(
    fc.property(text, (given) => {
      const safe = harmlessText(given)
      expect(safe).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069\u200b]/u)
      expect(harmlessText(safe)).toBe(safe)
    }),
    { numRuns: 2000 },
  )
})

test('hostile input of forty thousand characters is cleaned', () => {
  for (const part of ['\u001b]8;;', '\u001b[', '\u001b[1;', '\u009d', '\u001bP0', 'a\u0301'])
    harmlessText(part.repeat(40_000 / part.length))
})

test('only addresses that a terminal may open are opened', () => {
  expect(harmlessUrl('https://example.com/ü?a=1')).toBe('https://example.com/%C3%BC?a=1')
  expect(harmlessUrl('https://example.com/\u001b]0;x\u0007')).toBe('https://example.com/')
  for (const href of ['javascript:alert(1)', 'data:text/html,x', 'final/report.md', 'ssh://host', '']) {
    expect(harmlessUrl(href)).toBeUndefined()
  }
})
