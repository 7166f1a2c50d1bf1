import { glob } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { parseConfig, settings } from '../../src/config.ts'
import { type ProcessorName, processorNames, processors } from '../../src/core/processors.ts'
import { lifecycleRules } from '../../src/retention/lifecycle.ts'
import { columns, everyColumnIsNamed, plainEverywhere } from '../../src/retention/policy/columns.ts'
import { places } from '../../src/retention/policy/places.ts'
import { processorRows } from '../../src/retention/policy/processors.ts'
import { daysOf, eraserNames, type PolicyRow } from '../../src/retention/policy/rows.ts'
import { tables } from '../../src/retention/policy/tables.ts'
import { provePolicies, proveSchema } from '../../src/retention/proof/schema.ts'
import { tableNames } from '../../src/storage/schema/names.ts'
import { useBed } from '../storage/support/bed.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const bed = useBed(server)
const source = path.join(import.meta.dirname, '../../src')
const rows: [string, PolicyRow][] = [...Object.entries(tables), ...Object.entries(places)]

describe('the table', () => {
  it('names every table and column of a migrated database, and finds one that it does not name', async () => {
    const dump = bed().store('loom_dump')
    expect((await proveSchema(dump))[0]).toMatchObject({ breach: false })
    await bed().admin`alter table loom.messages add column mood text`
    await bed().admin`create table loom.moods (id uuid primary key)`
    expect((await proveSchema(dump))[0]).toMatchObject({
      breach: true,
      found: expect.stringMatching(/messages\.mood, moods\.id/),
    })
    await bed().admin`alter table loom.messages drop column mood`
    await bed().admin`drop table loom.moods`
  })

  it('has the periods that the database hides rows by, and finds another one', async () => {
    const dump = bed().store('loom_dump')
    const found = await provePolicies(dump)
    expect(found.filter(({ breach }) => breach)).toEqual([])
    const bound = Object.entries(tables).filter(([, { keeps }]) =>
      ['age', 'with', 'star'].includes(keeps.rule),
    )
    // The installation's own runs are nobody's, so no wall stands before them.
    expect(found.map(({ name }) => name).sort()).toEqual(
      bound
        .map(([key]) => key)
        .filter((key) => key !== 'policyRuns')
        .sort(),
    )
    await bed().admin`select loom.retain('steps', 91)`
    await bed().admin`drop policy kept on loom.events`
    const broken = (await provePolicies(dump)).filter(({ breach }) => breach)
    expect(broken.map(({ found: what, name }) => [name, what])).toEqual([
      ['events', 'readers are not held back, another period'],
      ['steps', 'another period'],
    ])
    await bed().admin`select loom.retain('steps', 90)`
    await bed().admin`select loom.retain('events', 90)`
  })

  it('lets nobody who reads set the clock by which rows are hidden', async () => {
    for (const role of ['loom_app', 'loom_worker', 'loom_purge', 'loom_dump'] as const) {
      const { sql } = bed().store(role)
      const change = sql.unsafe(
        'create or replace function loom.clock() returns timestamptz language sql stable return to_timestamp(0)',
      )
      await expect(change).rejects.toMatchObject({ code: '42501' })
      await sql`select set_config('loom.now', '2000-01-01', false), set_config('loom.clock', '2000-01-01', false)`
      const [row] = await sql`select loom.clock() = now() as true_time`
      expect(row).toMatchObject({ true_time: true })
    }
  })

  it('says of each sealed column whether it holds words, a person or a secret, and seals all words', () => {
    expect(everyColumnIsNamed).toBe(true)
    for (const { columns: own, key } of tableNames()) {
      const classes: Partial<Record<string, readonly string[]>> = columns[key]
      for (const column of Object.keys(own)) {
        const kind = Object.keys(classes).find((name) => classes[name]?.includes(column))
        const isPlain = kind === undefined && (plainEverywhere as readonly string[]).includes(column)
        expect([key, column, kind ?? isPlain]).not.toEqual([key, column, false])
        if (column.endsWith('Sealed')) expect([key, column, kind]).not.toEqual([key, column, 'plain'])
        if (kind === 'content' || kind === 'secret') expect(`${key}.${column}`).toMatch(/Sealed$/)
      }
    }
  })

  it('names for each row what removes it, and each of these functions is there', async () => {
    const exported = new Set<string>()
    for await (const file of glob(
      ['retention/purge/*.ts', 'storage/erasure/erase-step.ts', 'storage/dump/shelf.ts'],
      {
        cwd: source,
      },
    )) {
      for (const name of Object.keys(await import(path.join(source, file)))) exported.add(name)
    }
    const named = eraserNames.filter((name) => name !== 'itself' && name !== 'nothing')
    expect(named.filter((name) => !exported.has(name))).toEqual([])
    for (const name of named)
      expect(
        rows.some(([, { eraser }]) => eraser === name),
        name,
      ).toBe(true)
    // What nothing removes says why.
    for (const [name, { eraser, exception }] of rows) {
      if (eraser === 'nothing' && !name.startsWith('rooms:'))
        expect([name, exception]).not.toEqual([name, undefined])
    }
  })

  it('keeps what hangs on something no longer than that', () => {
    for (const [name, row] of Object.entries(tables)) {
      const { keeps } = row
      if (keeps.rule !== 'with') continue
      const parent = daysOf(tables[keeps.parent as keyof typeof tables])
      expect([name, (daysOf(row) ?? 0) <= (parent ?? 0)]).toEqual([name, true])
    }
  })
})

describe('a processor', () => {
  it('that a setting switches on has its row with what takes data back from it', () => {
    const { reach } = parseConfig({})
    expect(reach.connected).toEqual([])
    for (const name of reach.reachable)
      expect([name, processorRows[name].eraser]).not.toEqual([name, undefined])
    expect(reach.reachable).toEqual(expect.arrayContaining(['anthropic', 'openai', 'aws', 'slack']))
  })

  it.each(processorNames.flatMap((name) => processors[name].map((setting) => [setting, name] as const)))(
    '%s is refused as long as nothing would take back what %s is given',
    (setting, name: ProcessorName) => {
      const refusal = (() => {
        try {
          parseConfig({ [setting]: 'x' })
          return ''
        } catch (thrown) {
          return String(thrown)
        }
      })()
      const isKnown = Object.hasOwn(settings, setting)
      expect(refusal.includes('nothing yet that would delete')).toBe(!isKnown)
      if (isKnown) expect(processorRows[name].eraser).toBeDefined()
    },
  )
})

describe('the bucket’s own rules', () => {
  it('remove what is unfinished and what has days of its own, and no file that could be starred', () => {
    const { Rules } = lifecycleRules()
    expect(Rules.map(({ Expiration, Filter: { Prefix } }) => [Prefix, Expiration])).toEqual([
      ['', { ExpiredObjectDeleteMarker: true }],
      ['doctor/', { Days: 1 }],
      ['dumps/', { Days: 30 }],
    ])
    expect(Rules[0]).toMatchObject({
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    })
  })
})
