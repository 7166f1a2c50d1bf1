import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { receiveMention } from '../../src/bots/inbox.ts'
import { localOwner } from '../../src/cli/local-owner.ts'
import { parseConfig } from '../../src/config.ts'
import { threadId } from '../../src/core/thread-id.ts'
import { openParts, type Parts } from '../../src/roles/parts.ts'
import { openAccount } from '../../src/storage/tenants/create.ts'
import { documentOf, examples, expectExit, freePort, until, useProcesses } from '../story/processes.ts'
import { rowsOf } from '../story/rows.ts'
import { silentLog } from '../support/store.ts'

const processes = useProcesses()

async function place() {
  const [cwd, bed, port] = await Promise.all([processes.folder(), processes.bed(), freePort()])
  const home = path.join(cwd, '.loom')
  return { cwd, bed, port, home, env: { DATABASE_URL: bed.url, PORT: String(port), LOG_LEVEL: 'warn' } }
}

/** Asks as a chat platform would: the brief is taken, and nothing in this process works on it. */
async function askFrom(home: string, url: string, brief: { text: string; files: string[] }): Promise<string> {
  const config = parseConfig({ DATABASE_URL: url, LOOM_HOME: home })
  const parts: Parts = await openParts({ config, log: silentLog, say: () => undefined })
  try {
    const store = parts.openStore('loom_app')
    const account = await openAccount(store, localOwner)
    const thread = threadId('local', 'test', store.newId())
    const files = brief.files.map((file) => ({ name: path.basename(file), source: `local:${file}` }))
    const author = localOwner.installer
    const mention = { thread, key: thread, author, text: brief.text, files, saidAtMs: Date.now() }
    const { jobId } = await receiveMention({ store, ring: parts.ring, log: silentLog }, { account, mention })
    return jobId ?? ''
  } finally {
    await parts.close()
  }
}

test('bot, worker and scheduler, each in a process of its own, end a brief together and stop with exit 0', async () => {
  const { bed, cwd, env, home, port } = await place()
  // One after the other: the first makes the keys that the others open.
  const bot = processes.run('src/main.ts', ['bot'], { cwd, env })
  await bot.says(
    `Loom runs as bot with the rehearsal model, links on http://localhost:${port}. Stop it with Ctrl-C.`,
  )
  const others = ['worker', 'scheduler'].map((role) => processes.run('src/main.ts', [role], { cwd, env }))
  for (const other of others) await other.says('Stop it with Ctrl-C.')
  for (const probe of ['healthz', 'readyz']) {
    const response = await fetch(`http://localhost:${port}/${probe}`)
    expect([response.status, await response.json()]).toEqual([200, { ok: true }])
  }
  const file = path.join(examples, 'churn-january.csv')
  await askFrom(home, bed.url, { text: 'How many rows are there?', files: [file] })
  const state = async () => (await bed.admin<{ state: string }[]>`select state from loom.jobs`)[0]?.state
  await until(async () => (await state()) === 'done', 'the job ended')

  // A brief at the terminal beside them: whoever works on it, it ends once, and its links open here.
  const ended = await processes.brief(['--json', 'How many columns are there?', file], { cwd, env }).ended
  expectExit(ended, 0)
  for (const artifact of documentOf(ended).files) {
    const response = await fetch(artifact.url ?? '')
    expect(response.status).toBe(200)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.sha256)
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename=".+"; filename\*=UTF-8''/,
    )
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
  const [first] = documentOf(ended).files
  const forged = (first?.url ?? '').replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))
  for (const wrong of [
    forged,
    `http://localhost:${port}/a/${'0'.repeat(8)}`,
    (first?.url ?? '').split('?')[0] ?? '',
  ]) {
    const response = await fetch(wrong)
    expect(response.status).toBe(403)
    expect(await response.text()).toBe('This link was not made by Loom.\n')
  }
  expect((await fetch(`http://localhost:${port}/`)).status).toBe(404)

  for (const running of [bot, ...others]) {
    running.child.kill('SIGTERM')
    const end = await running.ended
    expectExit(end, 0)
    expect(end.stderr).not.toMatch(/node:internal|\.ts:\d/)
  }
})

test('SIGTERM with work in flight hands it back within the bound and exits 0; another process ends it at once', async () => {
  const { bed, cwd, env, home } = await place()
  const rows = Array.from(
    { length: 60_000 },
    (_, at) => `${at},${['north', 'south'][at % 2]},${at % 97}.50`,
  ).join('\n')
  const files = Array.from({ length: 8 }, (_, at) => path.join(cwd, `${at}.csv`))
  for (const file of files) await writeFile(file, `id,region,amount\n${rows}\n`)
  const first = processes.run('src/main.ts', ['all'], { cwd, env })
  await first.says('Stop it with Ctrl-C.')
  await askFrom(home, bed.url, { text: 'Which region has the highest amount?', files })
  const working = async () =>
    (await rowsOf(bed.admin)).tasks.some((task) => task.kind === 'work' && task.steps > 0)
  await until(working, 'an agent is at work')
  const askedAtMs = performance.now()
  first.child.kill('SIGTERM')
  expectExit(await first.ended, 0)
  expect(performance.now() - askedAtMs).toBeLessThan(15_000)
  const left = await rowsOf(bed.admin)
  expect(left.jobs.map((job) => job.state)).not.toEqual(['done'])
  expect(left.ready.length).toBeGreaterThan(0)
  expect(left.ready.filter((task) => task.holder !== null)).toEqual([])

  const second = processes.run('src/main.ts', ['all'], { cwd, env })
  await second.says('Stop it with Ctrl-C.')
  const state = async () => (await rowsOf(bed.admin)).jobs[0]?.state
  await until(async () => (await state()) === 'done', 'the job ended')
  const rowsAfter = await rowsOf(bed.admin)
  const usage = new Set(rowsAfter.usage.map((row) => row.subject_id))
  expect(usage.size).toBe(rowsAfter.steps.length)
  expect(rowsAfter.answers).toHaveLength(1)
  second.child.kill('SIGTERM')
  expectExit(await second.ended, 0)
})
