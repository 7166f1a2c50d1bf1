import { once } from 'node:events'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BriefResult } from '../../src/bots/local/json-terminal.ts'
import type { Point } from './fixtures/stopping-brief.ts'
import { documentOf, type Ended, examples, serverPid, until, useProcesses } from './processes.ts'
import { expectEndedOnce, type Rows, rowsOf } from './rows.ts'

const processes = useProcesses()

const question = 'Which plan lost the most customers?'
const words = [
  question,
  ...['churn-january.csv', 'churn-february.csv', 'pricing.json'].map((name) => path.join(examples, name)),
]

/** Kills the brief at the point, gives the same command again, and answers what that one printed. */
async function killedAt(point: Point, options: { cwd: string; env: Record<string, string> }) {
  const first = processes.run('test/story/fixtures/stopping-brief.ts', [point, ...words], {
    ...options,
    ipc: true,
  })
  const [announced] = await Promise.race([
    once(first.child, 'message'),
    first.ended.then((ended) => Promise.reject(new Error(`ended before ${point}: ${ended.stderr}`))),
  ])
  expect(announced).toEqual({ at: point })
  first.child.kill('SIGKILL')
  const killed = await first.ended
  const startedAtMs = performance.now()
  const second = await processes.brief(['--json', ...words], options).ended
  return { killed, second, tookMs: performance.now() - startedAtMs }
}

/** The same brief, left alone: what every other run must come to. */
let leftAlone: Promise<{ document: BriefResult; rows: Rows }> | undefined

async function undisturbed() {
  leftAlone ??= (async () => {
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const ended = await processes.brief(['--json', ...words], { cwd, env: { DATABASE_URL: bed.url } }).ended
    return { document: documentOf(ended), rows: await rowsOf(bed.admin) }
  })()
  return leftAlone
}

const filesOf = (document: BriefResult) =>
  document.files.map(({ bytes, path, sha256 }) => ({ path, sha256, bytes })).sort(byPath)
const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)

function expectGoneOn(second: Ended, before: BriefResult): void {
  expect(second).toMatchObject({ code: 0, signal: null })
  expect(second.stderr).toContain('Going on with this brief, which was interrupted')
  const document = documentOf(second)
  expect(document.outcome).toBe('done')
  expect(document.answer).toBe(before.answer)
  expect(filesOf(document)).toEqual(filesOf(before))
  expect(document.receipt.steps).toBe(before.receipt.steps)
}

describe('a brief whose process is killed with -9 goes on with the same command and ends once', () => {
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
    const { document, rows: expected } = await undisturbed()
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const { second, tookMs } = await killedAt(point, { cwd, env: { DATABASE_URL: bed.url } })
    expectGoneOn(second, document)
    const rows = await rowsOf(bed.admin)
    expectEndedOnce(rows, { steps: expected.steps.length })
    expect(rows.artifacts).toHaveLength(document.files.length)
    expect(rows.jobs[0]?.id).toBe(documentOf(second).jobId)
    // A dead process is noticed by its silence, not by a lease that runs out.
    expect(tookMs).toBeLessThan(15_000)
  })
})
