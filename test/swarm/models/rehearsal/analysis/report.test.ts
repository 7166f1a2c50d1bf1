import { describe, expect, it } from 'vitest'
import { barChart, chooseChart, textBars } from '../../../../../src/swarm/models/rehearsal/analysis/chart.ts'
import { REHEARSAL_NOTE } from '../../../../../src/swarm/models/rehearsal/analysis/note.ts'
import { headline, reportFor } from '../../../../../src/swarm/models/rehearsal/analysis/report.ts'
import { profiled, table } from './support.ts'

const SALES =
  'month,paid_on,plan,amount\nJ,2026-01-03,Solo,10.00\nJ,2026-01-09,Team,20.50\nF,2026-02-01,Solo,5.25\n'

describe('a report', () => {
  it('gives the sum in its first sentence and ends with the note', () => {
    const { markdown, chart } = reportFor(table(SALES, 'in/sales.csv'))
    const lines = markdown.trimEnd().split('\n')
    expect(lines[0]).toBe('# in/sales.csv')
    expect(lines[2]).toBe(
      '3 rows in 4 columns; amount adds up to 35.75; paid_on runs from 2026-01-03 to 2026-02-01.',
    )
    expect(lines.at(-1)).toBe(REHEARSAL_NOTE)
    expect(markdown).toContain('![Sum of amount by month of paid_on](chart-sales.svg)')
    expect(chart?.name).toBe('chart-sales.svg')
  })

  it('ends with the note whatever the file is', () => {
    for (const path of ['a.csv', 'a.json', 'a.md', 'a.ts', 'a.bin']) {
      expect(reportFor(profiled(path, 'a\u0001b')).markdown.trimEnd().endsWith(REHEARSAL_NOTE)).toBe(true)
      expect(reportFor(profiled(path, '\u0000')).markdown.trimEnd().endsWith(REHEARSAL_NOTE)).toBe(true)
    }
  })

  it('lets no content of a file become markup', () => {
    const evil = '<script>alert(1)</script> `x` | [y](http://z) \u202e ```'
    const rows = Array.from({ length: 4 }, (_, at) => `"${evil}",${at},2026-01-0${at + 1}`).join('\n')
    const { markdown, chart } = reportFor(
      table(`"${evil} name",n,"when\n# heading"\n${rows}\n"other",9,2026-01-09\n`),
    )
    const [prose = '', block = '', end = ''] = markdown.split(/^```.*$/m)
    expect(block).not.toMatch(/<script|\u202e|`/)
    expect(prose + end).not.toMatch(/<script|(?<!\\)\[y\]|\u202e|^# heading/m)
    expect(markdown.match(/^```/gm)).toHaveLength(2)
    const tableLines = markdown.split('\n').filter((line) => line.startsWith('| '))
    expect(tableLines.every((line) => !/(?<!\\)`/.test(line))).toBe(true)
    expect(chart?.svg).not.toMatch(/<script/)
    const text = reportFor(profiled('a.md', '# <img src=x> `\n- [ ] [a](javascript:x)\n')).markdown
    expect(text).not.toMatch(/<img|(?<!\\)\[a\\?\]\(/)
  })

  it('cuts long values at 80 characters', () => {
    const { markdown } = reportFor(profiled('a.md', `# ${'x'.repeat(150)}\n`))
    expect(markdown).toContain(`${'x'.repeat(79)}…`)
    expect(markdown).not.toContain('x'.repeat(80))
  })

  it('has a headline of at most 60 characters that names the oddity', () => {
    expect(headline(table('a,b\n1,\n2,x\n'))).toBe('2 rows, one column with gaps')
    expect(headline(table(`x_id\n${'1\n2\n3\n4\n5\n'}5\n`))).toBe('6 rows, one duplicate id')
    expect(headline(profiled('a.md', '# Hi\n- [ ] a\n'))).toBe('2 words, 1 heading, one open to-do')
    expect(headline(profiled(`${'long'.repeat(50)}.bin`, '\u0000')).length).toBeLessThanOrEqual(60)
  })
})

describe('a chart', () => {
  it('sums what is beyond twelve bars', () => {
    const bars = Array.from({ length: 20 }, (_, at) => ({ label: `b${at}`, value: 1 }))
    const svg = barChart({ title: 'T', bars })
    expect(svg.match(/<rect/g)).toHaveLength(13)
    expect(svg).toContain('other (9)')
    expect(textBars({ title: 'T', bars }).split('\n')).toHaveLength(13)
  })

  it('escapes labels and keeps negative bars inside', () => {
    const svg = barChart({
      title: 'a < b & "c"',
      bars: [
        { label: '<x>', value: -5 },
        { label: 'y', value: 5 },
      ],
    })
    expect(svg).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>')
    expect(svg).toContain('&lt;x&gt;')
    const [minus, plus] = [...svg.matchAll(/<rect x="(\d+)" y="\d+" width="(\d+)"/g)].map((match) =>
      match.slice(1).map(Number),
    )
    expect(minus?.[0]).toBe(190)
    expect((minus?.[0] ?? 0) + (minus?.[1] ?? 0)).toBe(plus?.[0])
  })

  it('stands with no bars, zeros and values that are no numbers', () => {
    for (const value of [0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE]) {
      expect(barChart({ title: '', bars: [{ label: '', value }] })).not.toMatch(/NaN|Infinity/)
    }
    expect(barChart({ title: 'x', bars: [] })).toContain('No values.')
  })

  it('shows the text bars in proportion', () => {
    const lines = textBars({
      title: 'T',
      unit: '%',
      bars: [
        { label: 'a', value: 50 },
        { label: 'bb', value: 25 },
      ],
    }).split('\n')
    expect(lines).toEqual(['T', `a   ${'█'.repeat(24)} 50%`, `bb  ${'█'.repeat(12)} 25%`])
  })

  it('prefers who an event happened to', () => {
    const rows = ['Solo,1,2026-01-02', 'Solo,1,', 'Team,1,2026-01-03', 'Solo,1,2026-01-05', 'Team,1,']
    expect(chooseChart(table(`plan,n,cancelled_on\n${rows.join('\n')}\n`))).toEqual({
      title: 'Rows with cancelled_on, by plan',
      bars: [
        { label: 'Solo', value: 2 },
        { label: 'Team', value: 1 },
      ],
    })
  })
})
