import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { openEmbeddedPostgres } from '../../src/storage/embedded/open.ts'
import { documentOf, examples, expectExit, serverPid, useProcesses } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'

const processes = useProcesses()

const canary = 'zebrafinch'
const question = `Compare the ${canary} exports. Which plan lost the most customers?`
const noModel = 'no language model was asked'

/** The three exports as this test reads them itself, without any of Loom's code. */
async function readExport(file: string): Promise<{ plan: string; cancelled: boolean; revenue: number }[]> {
  const text = (await readFile(path.join(examples, file), 'utf8')).replace(/^\uFEFF/, '')
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const delimiter = head.includes(';') ? ';' : ','
  const columns = head.split(delimiter)
  const at = (line: string, column: string) => line.split(delimiter)[columns.indexOf(column)]?.trim() ?? ''
  return lines.map((line) => ({
    plan: at(line, 'plan'),
    cancelled: at(line, 'cancelled_on') !== '',
    // Gaps are left out, however they are written.
    revenue: Number(at(line, 'monthly_revenue').replace(',', '.')) || 0,
  }))
}

test('a brief with the examples ends with an answer, files and a receipt that hold what stands in the inputs', async () => {
  const cwd = await processes.folder()
  const home = path.join(cwd, '.loom')
  for (const month of ['january', 'february', 'march']) {
    await copyFile(path.join(examples, `churn-${month}.csv`), path.join(cwd, `${canary}-${month}.csv`))
  }
  await copyFile(path.join(examples, 'pricing.json'), path.join(cwd, 'pricing.json'))
  const notes = await readFile(path.join(examples, 'interview-notes.md'), 'utf8')
  await writeFile(path.join(cwd, 'interview-notes.md'), `${notes}\nThe secret word is ${canary}-content.\n`)
  const words = [
    question,
    ...['january', 'february', 'march'].map((month) => `${canary}-${month}.csv`),
    'interview-notes.md',
    'pricing.json',
  ]

  const json = await processes.brief(['--json', ...words], { cwd }).ended
  expectExit(json, 0)
  const document = documentOf(json)
  expect(document.outcome).toBe('done')

  const months = await Promise.all(
    ['january', 'february', 'march'].map(async (month) => ({
      month,
      rows: await readExport(`churn-${month}.csv`),
    })),
  )
  for (const { month, rows } of months) {
    const file = `inputs/${canary}-${month}.csv`
    const lost = (plan: string) => rows.filter((row) => row.cancelled && row.plan === plan).length
    const plans = ['Solo', 'Team', 'Studio'].map((plan) => ({ plan, lost: lost(plan) }))
    const most = plans.toSorted((a, b) => b.lost - a.lost)[0]?.plan
    expect(document.answer).toContain(
      `In ${file}, ${most} has the most: rows with cancelled_on by plan are ${plans.map(({ plan, lost }) => `${plan} ${lost}`).join(', ')}.`,
    )
    const report = await reportOf(document, cwd, `${canary}-${month}.md`)
    expect(report).toContain(`${rows.length} rows`)
    const revenue = rows.reduce((sum, row) => sum + row.revenue, 0)
    expect(report).toContain(revenue.toLocaleString('en-US', { minimumFractionDigits: 2 }))
  }
  expect(months.map(({ rows }) => rows.length)).toEqual([58, 61, 52])
  const open = notes.match(/^- \[ \]|^(?:TODO|To do):/gm)?.length
  expect(open).toBe(6)
  expect(document.answer).toContain(`${open} to-dos are open`)
  // What is partial or odd stands in the answer itself.
  expect(document.answer).toMatch(/march.*partial/i)
  expect(document.answer).toContain('one duplicate id')
  expect(document.answer).toContain(noModel)

  expect(document.files.map((file) => file.path)).toContain('final/report.md')
  for (const file of document.files) {
    const bytes = await readFile(path.join(cwd, file.localPath ?? ''))
    expect(bytes.length).toBe(file.bytes)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256)
    expect(bytes.toString('utf8'), file.path).toContain(noModel)
  }
  const placed = await readdir(path.join(home, 'out'), { recursive: true, withFileTypes: true })
  expect(placed.filter((entry) => entry.isFile())).toHaveLength(document.files.length)

  const server = await openEmbeddedPostgres({ home, say: () => undefined })
  const sql = postgres(server.url, { max: 2, onnotice: () => undefined })
  try {
    const rows = await rowsOf(sql)
    expectEndedOnce(rows, { steps: document.receipt.steps })
    expect(document.receipt.models).toMatchObject([
      { provider: 'rehearsal', steps: rows.usage.length, costMicroUsd: 0 },
    ])
    expect(document.receipt.byAgent.reduce((sum, agent) => sum + agent.steps, 0)).toBe(rows.usage.length)
    expect(document.receipt.agents).toBe(rows.tasks.filter((task) => task.kind === 'work').length)
    expect(await cellsWith(sql, canary)).toEqual([])
  } finally {
    await sql.end({ timeout: 5 })
    await server.close()
  }
  for (const name of await readdir(path.join(home, 'logs'))) {
    const log = await readFile(path.join(home, 'logs', name), 'utf8')
    expect(log, name).not.toContain(canary)
    expect(log, name).not.toContain('C-1138')
    expect(log, name).not.toContain((await readFile(path.join(home, 'master.key'), 'utf8')).trim())
  }

  // The same words once more are a new brief, now for a person's eyes, on the home that is there.
  const plain = await processes.brief(words, { cwd }).ended
  expectExit(plain, 0)
  expect(plain.stdout).toContain('Which plan lost the most customers?')
  expect(plain.stdout).toContain('final/report.md')
  expect(plain.stdout).toMatch(/7 agents · \d+ steps · .* · \$0\.00/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  expect(plain.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
  expect(plain.stdout.split(noModel)).toHaveLength(2)
  expect(await serverPid(home)).toBeUndefined()
})

async function reportOf(document: ReturnType<typeof documentOf>, cwd: string, name: string): Promise<string> {
  const file = document.files.find((candidate) => candidate.path.endsWith(`/${name}`))
  if (!file?.localPath)
    throw new Error(`no ${name} among ${document.files.map(({ path }) => path).join(', ')}`)
  return readFile(path.join(cwd, file.localPath), 'utf8')
}

/** Tables, the queue's included, with a cell that holds the text in the open. */
async function cellsWith(sql: postgres.Sql, text: string): Promise<string[]> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select schemaname as schema, tablename as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`
  expect(tables.some((table) => table.schema === 'bullmq')).toBe(true)
  const found: string[] = []
  for (const { name, schema } of tables) {
    const rows =
      await sql`select 1 from ${sql(schema)}.${sql(name)} t where t::text ilike ${`%${text}%`} limit 1`
    const hex = Buffer.from(text).toString('hex')
    const raw =
      await sql`select 1 from ${sql(schema)}.${sql(name)} t where t::text like ${`%${hex}%`} limit 1`
    if (rows.length + raw.length > 0) found.push(`${schema}.${name}`)
  }
  return found
}

test('the keys of a Redis that carries the queue hold nothing of the brief', async ({ skip }) => {
  const { inject } = await import('vitest')
  const redisUrl = inject('redisUrl')
  if (!redisUrl) return skip()
  const { Redis } = await import('ioredis')
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const url = new URL(redisUrl)
  url.pathname = '/13'
  const redis = new Redis(url.href)
  const monitor = await redis.monitor()
  const seen: string[] = []
  monitor.on('monitor', (_time, words: string[]) => seen.push(words.join(' ')))
  try {
    await copyFile(path.join(examples, 'churn-january.csv'), path.join(cwd, `${canary}.csv`))
    const env = { DATABASE_URL: bed.url, REDIS_URL: url.href }
    expectExit(await processes.brief([question, `${canary}.csv`], { cwd, env }).ended, 0)
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter((command) => command.includes(canary) || command.includes('C-1138'))).toEqual([])
  } finally {
    monitor.disconnect()
    await redis.flushdb()
    redis.disconnect()
    await once(redis, 'end').catch(() => undefined)
  }
})
