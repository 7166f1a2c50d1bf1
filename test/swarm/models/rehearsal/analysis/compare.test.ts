import { describe, expect, it } from 'vitest'
import { compareProfiles } from '../../../../../src/swarm/models/rehearsal/analysis/compare.ts'
import { REHEARSAL_NOTE } from '../../../../../src/swarm/models/rehearsal/analysis/note.ts'
import { profiled, table } from './support.ts'

const FIRST =
  'order_id,shop,day,amount\n1,East,2026-01-01,10.00\n2,West,2026-01-05,20.00\n3,East,2026-01-09,30.00\n'
const SECOND = 'OrderId,Shop,Day,Amount,Note\n3,East,2026-02-01,45.00,x\n4,West,2026-02-02,25.00,y\n'

describe('a comparison of tables', () => {
  const comparison = compareProfiles([table(SECOND, 'a-later.csv'), table(FIRST, 'b-earlier.csv')])

  it('puts them in the order of their days and computes the change', () => {
    expect(comparison.markdown).toContain('|  | b-earlier.csv | a-later.csv | change, first to last |')
    expect(comparison.markdown).toContain('| rows | 3 | 2 | -1 (-33.3%) |')
    expect(comparison.markdown).toContain('| sum of amount | 60.00 | 70.00 | +10.00 (+16.7%) |')
  })

  it('names the group that changed most', () => {
    expect(comparison.markdown).toContain('| East | 40.00 | 45.00 | +5.00 (+12.5%) |')
    expect(comparison.highlights).toContain(
      'By shop, the largest change in sum of amount is East: from 40.00 in b-earlier.csv to 45.00 in a-later.csv.',
    )
  })

  it('counts the ids in both and names columns that only one has', () => {
    expect(comparison.markdown).toContain('| order_id | b-earlier.csv | a-later.csv | 1 | 2 | 1 |')
    expect(comparison.markdown).toContain('- a-later.csv: Note')
    expect(comparison.markdown.trimEnd().endsWith(REHEARSAL_NOTE)).toBe(true)
  })

  it('never sets euros against dollars', () => {
    const { markdown } = compareProfiles([
      table('x,y\na,€5\nb,€6\n', 'a.csv'),
      table('x,y\na,$5\nb,$6\n', 'b.csv'),
    ])
    expect(markdown).not.toContain('sum of y')
  })
})

describe('a comparison of other files', () => {
  it('brings the shared words and all open to-dos of texts together', () => {
    const one = profiled('one.md', 'Pricing pricing pricing\n- [ ] call\n- [x] done\n')
    const two = profiled('two.md', 'pricing pause pause\nTODO: write\n')
    const { markdown, highlights } = compareProfiles([two, one])
    expect(markdown).toContain('| pricing | 3 | 1 |')
    expect(markdown).toContain('- [ ] call (one.md, line 2)\n- [ ] write (two.md, line 2)')
    expect(highlights).toContain('2 to-dos are open in 2 files; 1 is done.')
  })

  it('gives an overview of a mixed set', () => {
    const { markdown, highlights } = compareProfiles([table(FIRST, 'a.csv'), profiled('b.bin', '\u0000')])
    expect(markdown).toContain('| b.bin | unreadable file | 1 |')
    expect(highlights[0]).toBe('2 files: 1 table and 1 unreadable file.')
  })

  it('says so when there is nothing to compare', () => {
    expect(compareProfiles([]).highlights[0]).toBe('There is no file to compare.')
    expect(compareProfiles([table(FIRST)]).highlights.join(' ')).toMatch(/nothing to compare it to/)
  })
})
