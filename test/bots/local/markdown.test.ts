import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/bots/local/markdown.ts'
import { hostileTexts } from '../../contracts/messages.ts'
import { createScreen } from './screen.ts'

const render = (markdown: string, columns = 60) =>
  renderMarkdown(markdown, { columns, color: false, links: false })

test('headings stand out without colour', () => {
  expect(render('# One\n\ntext\n\n## Two\n### Three')).toBe('One\n━━━\n\ntext\n\nTwo\n───\n\nThree')
})

test('prose wraps at words and keeps its emphasis', () => {
  expect(render('one **two** three, _four_ `five` ~~six~~ and\nseven  \neight', 20).split('\n')).toEqual([
    'one two three,',
    '_four_ `five`',
    '~~six~~ and seven',
    'eight',
  ])
})

test('lists nest, count and tick', () => {
  expect(
    render('9. nine\n10. ten\n    - inner\n      - deeper and long enough to wrap\n- [x] yes\n- [ ] no', 24),
  ).toBe(
    [
      ' 9. nine',
      '10. ten',
      '    • inner',
      '      • deeper and long',
      '        enough to wrap',
      '',
      '☑ yes',
      '☐ no',
    ].join('\n'),
  )
})

test('a loose list breathes', () => {
  expect(render('- one\n\n- two\n\n  more')).toBe('• one\n\n• two\n\n  more')
})

test('a table is aligned and ruled', () => {
  expect(render('| Plan | Rate |\n|:--|--:|\n| Solo | 4.4 % |\n| 企業 | **10.0 %** |')).toBe(
    ['Plan │   Rate', '─────┼───────', 'Solo │  4.4 %', '企業 │ 10.0 %'].join('\n'),
  )
})

test('a wide table wraps its widest column', () => {
  expect(render('| a | b |\n|---|---|\n| x | one two three four |\n| y | five |', 18).split('\n')).toEqual([
    'a │ b',
    '──┼───────────────',
    'x │ one two three',
    '  │ four',
    '──┼───────────────',
    'y │ five',
  ])
})

test('a table with no room becomes a list', () => {
  const markdown =
    '| Name | Value | Note |\n|---|---|---|\n| one thing | two things | three things |\n| x | y | |'
  expect(render(markdown, 20)).toBe(
    'Name: one thing\nValue: two things\nNote: three things\n\nName: x\nValue: y',
  )
})

test('code is kept as it is', () => {
  expect(render('```js\nif (a) {\n\treturn "a long line that is wider than the screen"\n}\n```', 20)).toBe(
    '  if (a) {\n      return "a long line that is wider than the screen"\n  }',
  )
})

test('quotes nest', () => {
  expect(render('> one\n>\n> > two')).toBe('│ one\n│\n│ │ two')
})

test('images name their file', () => {
  expect(render('![Churn by plan](final/churn.png) ![](final/x.png)')).toBe(
    '[image: Churn by plan → final/churn.png] [image:\nfinal/x.png]',
  )
})

test('entities, breaks and HTML are shown as a reader expects', () => {
  expect(render('a &lt;b&gt; &amp;amp; c<br>d <u>e</u>\n\n<!-- note -->')).toBe(
    'a <b> &amp; c\nd <u>e</u>\n\n  <!-- note -->',
  )
})

test('empty Markdown is empty', () => {
  expect(render('')).toBe('')
  expect(render(' \n\n')).toBe('')
})

describe('links', () => {
  const draw = (markdown: string) => {
    const screen = createScreen({ columns: 200, rows: 10 })
    screen.write(renderMarkdown(markdown, { columns: 199, color: true, links: true }))
    expect(screen.disturbances).toEqual([])
    return { text: screen.lines().join('\n'), links: screen.links }
  }
  test('show their address where the terminal cannot', () => {
    expect(render('[report](https://example.com/r) <https://example.com> www.example.com')).toBe(
      'report (https://example.com/r) https://example.com\nwww.example.com',
    )
  })
  test('open where the terminal can', () => {
    expect(draw('see [the report](https://example.com/r)')).toEqual({
      text: 'see the report',
      links: ['https://example.com/r'],
    })
  })
  test('whose words pretend another address show the true one', () => {
    expect(draw('[https://bank.example](https://evil.example)').text).toBe(
      'https://bank.example (https://evil.example)',
    )
    expect(draw('[bank.example/login](https://evil.example)').text).toContain('(https://evil.example)')
  })
  test('of other schemes are only text', () => {
    expect(draw('[click](javascript:alert(1)) [file](final/report.md)')).toEqual({
      text: 'click (javascript:alert(1)) file (final/report.md)',
      links: [],
    })
  })
  test('are not broken, so that they can be copied', () => {
    const url = `https://example.com/${'x'.repeat(60)}`
    expect(render(`see ${url} now`, 30).split('\n')).toEqual(['see', url, 'now'])
  })
})

test('thousands of nested quotes are shown as written', () => {
  expect(render('> '.repeat(20_000), 80)).toContain('> > >')
})

describe.each([20, 40, 80, 200])('at %d columns', (columns) => {
  const inline = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom(...hostileTexts))
  const part = fc.oneof(
    inline,
    inline.map((text) => `- ${text}\n  - ${text}`),
    inline.map((text) => `> ${text}`),
    inline.map((text) => `# ${text}`),
    inline.map(
      (text) => `| a | ${text.replaceAll('\n', ' ')} |\n|---|---|\n| x | ${text.replaceAll('\n', ' ')} |`,
    ),
    inline.map((text) => `**${text}** [${text}](https://example.com)`),
  )
  test('prose, lists, quotes and tables stay within the width and act on nothing', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const text = renderMarkdown(parts.join('\n\n'), { columns, color: true, links: true })
        const screen = createScreen({ columns, rows: 50 })
        screen.write(text)
        expect(screen.disturbances).toEqual([])
        const plain = render(parts.join('\n\n'), columns)
        const free = plain
          .split('\n')
          .filter((line) => !/^(?:[│•☐☑ ]|\d+\.)* {2}|:\/\/|@|\(|www\./u.test(line))
        for (const line of free) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
      }),
      { numRuns: 60 },
    )
  })
})

test('every word of a long answer is there', () => {
  const words = Array.from({ length: 6000 }, (_, index) => `w${index}`)
  expect(render(words.join(' '), 37).split(/\s+/)).toEqual(words)
})

test('an unbroken text of twenty thousand emoji is wrapped', () => {
  const lines = render('🙂'.repeat(20_000), 80).split('\n')
  expect(lines).toHaveLength(500)
})
