import { describe, expect, it } from 'vitest'
import { profileFile, profileSchema } from '../../../../../src/swarm/models/rehearsal/analysis/profile.ts'
import { reportFor } from '../../../../../src/swarm/models/rehearsal/analysis/report.ts'
import { column, profiled, table } from './support.ts'

describe('bad input', () => {
  it('calls an empty file empty', () => {
    for (const path of ['a.csv', 'a.json', 'a.md', 'a.ts'])
      expect(profiled(path, '').notes).toContain('empty file')
  })

  it('tells a header without rows', () => {
    expect(table('a,b,c\n')).toMatchObject({ header: true, rows: 0 })
    expect(table('a,b,c\n').notes).toContain('a header and no rows')
  })

  it('names the rows of the wrong length as a spreadsheet numbers them', () => {
    const profile = table('a,b\n1,2\n3\n4,5,6\n7,8\n')
    expect(profile.rows).toBe(4)
    expect(profile.notes.join()).toMatch(/2 rows of the wrong length: row 3, 4/)
    expect(column(profile, 'b').missing).toBe(1)
  })

  it('says that the last row is cut short', () => {
    expect(table('a,b,c\n1,2,3\n4,5').notes.join()).toMatch(/the file may end early/)
  })

  it('keeps the rows behind a quote that is never closed', () => {
    const profile = table('a,b\n1,"x\n2,y\n3,z\n')
    expect(profile.rows).toBe(3)
    expect(profile.notes.join()).toMatch(/broken quotes: a quote in row 2 is never closed/)
  })

  it('notes quotes that close in the wrong place', () => {
    expect(table('a,b\n"x"y",1\n2,3\n').notes.join()).toMatch(/broken quotes near row 2/)
  })

  it('reads quoted cells with delimiters, quotes and line ends inside', () => {
    const profile = table('a,b\n"x, ""y""\nz",1\n')
    expect(profile.rows).toBe(1)
    expect(column(profile, 'a').top[0]?.value).toBe('x, "y"\nz')
  })

  it('takes 300 columns', () => {
    const names = Array.from({ length: 300 }, (_, at) => `c${at}`)
    const profile = table(`${names.join(',')}\n${names.map((_, at) => at).join(',')}\n`)
    expect(profile.columns).toHaveLength(300)
    expect(column(profile, 'c299').numbers?.sum).toBe('299')
    expect(reportFor(profile).markdown).toMatch(/260 more columns not shown/)
  })

  it('takes a single line of a megabyte', () => {
    for (const path of ['a.csv', 'a.txt', 'a.json', 'a.ts', 'a.md']) {
      const profile = profiled(path, 'word '.repeat(200_000))
      expect(profile.bytes).toBe(1_000_000)
      expect(JSON.stringify(profile).length).toBeLessThan(100_000)
    }
  })

  it('takes a JSON file that nests deeper than the stack', () => {
    const profile = profiled('deep.json', '['.repeat(200_000) + ']'.repeat(200_000))
    expect(profile).toMatchObject({ kind: 'json', root: 'array', depth: 199_999 })
  })

  it('does not read a binary file as a table because of its name', () => {
    const profile = profiled('sales.csv', 'PK\u0003\u0004\u0000\u0000\ufffd\ufffd')
    expect(profile).toMatchObject({ kind: 'opaque', what: 'a ZIP archive or an Office document' })
    expect(profile.notes.join()).toMatch(/looks binary although it is named .csv/)
  })

  it('never pretends to have read an image or a PDF without text', () => {
    for (const [path, mediaType] of [
      ['a.png', 'image/png'],
      ['b.pdf', 'application/pdf'],
    ] as const) {
      expect(profileFile({ path, text: '', mediaType }).kind).toBe('opaque')
    }
  })

  it('says when only the beginning was read', () => {
    const profile = profileFile({
      path: 'a.csv',
      text: 'a,b\n1,2\n3,',
      mediaType: 'text/csv',
      truncated: true,
    })
    expect(profile).toMatchObject({ kind: 'table', complete: false })
    expect(profile.notes.join()).toMatch(/only the beginning/)
  })

  it('treats __proto__ and constructor as names and values like any other', () => {
    const text =
      '__proto__,constructor,n\n__proto__,toString,1\nconstructor,__proto__,2\n__proto__,hasOwnProperty,4\n'
    const profile = table(text)
    expect(profile.columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'n'])
    expect(column(profile, '__proto__').top[0]).toEqual({ value: '__proto__', count: 2 })
    const group = profile.groups.find(({ by }) => by === '__proto__')
    expect(group).toMatchObject({ labels: ['__proto__', 'constructor'], sums: [{ sums: ['5', '2'] }] })
    expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile)
    const json = profiled('a.json', '[{"__proto__":1,"constructor":"x"},{"__proto__":2,"constructor":"x"}]')
    expect(json.kind === 'json' && json.table?.columns[0]).toMatchObject({
      name: '__proto__',
      numbers: { sum: '3' },
    })
  })

  it('keeps formulas as text and says so', () => {
    const profile = table('a,b\n=SUM(A1:A9),1\nx,2\n')
    expect(column(profile, 'a').type).toBe('text')
    expect(profile.notes.join()).toMatch(/1 cell begins with "="/)
  })

  it('takes emoji and lone surrogates', () => {
    const profile = table('name,n\n👩‍👩‍👧 family,1\n\ud83d,2\n')
    expect(profile.notes.join()).toMatch(/lone surrogates/)
    expect(reportFor(profile).markdown.isWellFormed()).toBe(true)
    expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile)
  })

  it('numbers column names that repeat', () => {
    expect(table('a,a,b\n1,2,3\n').columns.map(({ name }) => name)).toEqual(['a', 'a (2)', 'b'])
  })

  it('does not mistake prose with commas for a table', () => {
    expect(profiled('a.txt', 'Well, yes, that is so.\nNo, never, he said.\nOne, two, three.\n').kind).toBe(
      'text',
    )
    expect(profiled('a.txt', 'id,plan,price\n1,Solo,5\n2,Team,6\n3,Solo,7\n').kind).toBe('table')
  })
})
