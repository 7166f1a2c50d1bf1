import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import postgres from 'postgres'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BriefResult } from '../../src/bots/local/json-terminal.ts'
import { openEmbeddedPostgres } from '../../src/storage/embedded/open.ts'
import type { Point } from './fixtures/stopping-brief.ts'
import { expectGoesOn, expectSameEnd, killAt, leftAlone, words } from './killed.ts'
import { documentOf, type Ended, serverPid, until, useProcesses } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'

const processes = useProcesses()

describe('a brief whose process is killed with -9 goes on with the same command and ends once', () => {
  let before: BriefResult
  beforeAll(async () => {
    before = await leftAlone(processes)
  })

  const points: Point[] = [
    'gathering',
    'planning',
    'step in flight',
    'replied',
    'synthesis',
    'synthesis replied',
    'before delivery',
    'posted',
  ]
  test.each(points)('killed at: %s', async (point) => {
    await expectGoesOn(processes, point, before)
  })

  test.each<Point>(['replied', 'posted'])('killed on the embedded database at: %s', async (point) => {
    const cwd = await processes.folder()
    const home = path.join(cwd, '.loom')
    await killAt(processes, point, { cwd, env: {} })
    const second = await processes.brief(['--json', ...words], { cwd }).ended
    expectSameEnd(second, before)
    await until(async () => (await serverPid(home)) === undefined, 'the server that was left behind is gone')
    await withRows(home, (rows) => expectEndedOnce(rows, { steps: before.receipt.steps }))
  })

  test('killed in three steps one after another, it still ends once', async () => {
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const place = { cwd, env: { DATABASE_URL: bed.url } }
    for (const point of ['gathering', 'step in flight', 'posted'] as const) {
      await killAt(processes, point, place)
    }
    expectSameEnd(await processes.brief(['--json', ...words], place).ended, before)
    expectEndedOnce(await rowsOf(bed.admin), { steps: before.receipt.steps })
  })
})

/** A stream of numbers that is the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('a larger brief that is killed ten times at random moments ends once, with every step billed once', async () => {
  const random = randomFrom(20_261_122)
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const names = Array.from({ length: 60 }, (_, index) => `orders-${String(index).padStart(2, '0')}.csv`)
  for (const name of names) await writeFile(path.join(cwd, name), ordersCsv(random, 4_000))
  const brief = [
    '--json',
    'How many orders are there by region? Which region has the highest total amount?',
    ...names,
  ]
  const place = { cwd, env: { DATABASE_URL: bed.url } }
  let kills = 0
  let last: Ended | undefined
  for (; kills < 10; kills += 1) {
    const seen = await progressOf(bed.admin)
    const run = processes.brief(brief, place)
    const left = run.ended.then(() => true)
    // After something new was committed, so that ten kills are ten different places and not ten starts.
    const moved = until(async () => (await progressOf(bed.admin)) > seen, 'a step was committed', 60_000)
    if (await Promise.race([left, moved.then(() => false)])) {
      last = await run.ended
      break
    }
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, random() * 700))])
    run.child.kill('SIGKILL')
    const ended = await run.ended
    if (ended.signal !== 'SIGKILL') {
      last = ended
      break
    }
    expect(ended.stdout).toBe('')
  }
  expect(kills).toBeGreaterThanOrEqual(5)
  last ??= await processes.brief(brief, place).ended
  expect(last.stderr).toContain('Going on with this brief')
  expect(last.code).toBe(0)
  const rows = await rowsOf(bed.admin)
  expectEndedOnce(rows)
  const document = documentOf(last)
  expect(document.receipt.steps).toBe(rows.usage.length)
  expect(rows.artifacts).toHaveLength(document.files.length)
  for (const name of names)
    expect(document.files.some((file) => file.path.includes(name.slice(0, -4)))).toBe(true)
})

/** Files fetched and steps committed so far. */
async function progressOf(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`
    select (select count(*) from loom.usage_events) + (select count(*) from loom.attachments where state <> 'pending') as done`
  return Number(row?.done)
}

function ordersCsv(random: () => number, rows: number): string {
  const regions = ['north', 'south', 'east', 'west']
  const lines = Array.from({ length: rows }, (_, index) => {
    const region = regions[Math.floor(random() * regions.length)]
    return `${index},${region},${(random() * 500).toFixed(2)},2026-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}`
  })
  return `order_id,region,amount,ordered_on\n${lines.join('\n')}\n`
}

async function withRows(
  home: string,
  check: (rows: Awaited<ReturnType<typeof rowsOf>>) => void,
): Promise<void> {
  const server = await openEmbeddedPostgres({ home, say: () => undefined })
  const sql = postgres(server.url, { max: 2, onnotice: () => undefined })
  try {
    check(await rowsOf(sql))
  } finally {
    await sql.end({ timeout: 5 })
    await server.close()
  }
}
