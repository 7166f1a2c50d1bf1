import fc from 'fast-check'
import { hostileTexts } from '../../contracts/messages.ts'

const word = fc.constantFrom(
  'churn',
  'Solo',
  '**bold**',
  '*it*',
  '~~no~~',
  '`code`',
  '<!channel>',
  '<@U1>',
  '<@!123456789012345678>',
  '<@&123456789012345678>',
  '<:x:123456789012345678>',
  '@everyone',
  '||spoiler||',
  '[https://good.example](https://evil.example)',
  '[see](https://example.com/a_b)',
  '__init__',
  '&amp;',
)
/** What nobody would write, and some would. */
export const odd = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 60 }))
const line = fc
  .array(fc.oneof({ weight: 5, arbitrary: word }, odd), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(' '))
const block = fc.oneof(
  line,
  line.map((text) => `# ${text}`),
  fc.array(line, { maxLength: 6 }).map((items) => items.map((item) => `- ${item}\n  - ${item}`).join('\n')),
  fc.array(line, { maxLength: 6 }).map((items) => items.map((item, at) => `${at + 3}. ${item}`).join('\n')),
  fc.array(line, { maxLength: 4 }).map((lines) => lines.map((each) => `> ${each}`).join('\n')),
  line.map((text) => `\`\`\`\n${text.repeat(40)}\n\`\`\``),
  fc
    .tuple(line, fc.integer({ min: 1, max: 25 }), fc.integer({ min: 0, max: 130 }))
    .map(([text, columns, rows]) => {
      const row = `|${` ${text.replaceAll(/[|\n]/gu, '').slice(0, 30)} |`.repeat(columns)}`
      return [row, `|${' --- |'.repeat(columns)}`, ...Array.from({ length: rows }, () => row)].join('\n')
    }),
  line.map((text) => text.repeat(60)),
  fc.constantFrom(
    '---',
    '![chart](https://example.com/c.png)',
    '[x](javascript:alert(1))',
    '<b>html</b>',
    '- [x] done',
  ),
)
/** Whole texts of Markdown, the hostile among the usual. */
export const markdown = fc.array(block, { maxLength: 14 }).map((blocks) => blocks.join('\n\n'))

/** Which kinds, and how many words of each. */
export const shapes = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 900 })), {
  minLength: 1,
  maxLength: 12,
})

/** A text of such kinds, in which every word is another one. */
export function textOf(all: readonly (readonly [number, number])[]): string {
  let next = 10_000
  const some = (count: number) => Array.from({ length: count }, () => `w${next++}`)
  return all.map(([shape, count]) => written(shape, some(count))).join('\n\n')
}

/** One of each kind of Markdown with these words in it, which have to be read in their order. */
function written(shape: number, words: readonly string[]): string {
  const tens = words.flatMap((_, at) => (at % 10 === 0 ? [words.slice(at, at + 10)] : []))
  switch (shape) {
    case 0:
      return words.join(' ')
    case 1:
      return tens.map((ten) => `- ${ten.join(' ')}`).join('\n')
    case 2:
      return `\`\`\`\n${tens.map((ten) => ten.join(' ')).join('\n')}\n\`\`\``
    case 3:
      return [`| ${words[0]} |`, '| --- |', ...words.slice(1, 90).map((each) => `| ${each} |`)].join('\n')
    case 4:
      return words.map((each) => `**${each}** `).join('')
    case 5:
      return tens.map((ten) => `> ${ten.join(' ')}\n>`).join('\n')
    default:
      return `## ${words.slice(0, 5).join(' ')}\n\n${tens.map((ten, at) => `${at + 1}. ${ten.join(' ')}\n   - ${'and'}`).join('\n')}`
  }
}
