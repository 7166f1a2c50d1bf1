import { once } from 'node:events'
import path from 'node:path'
import { expect } from 'vitest'
import type { BriefResult } from '../../src/bots/local/json-terminal.ts'
import type { Point } from './fixtures/stopping-brief.ts'
import { documentOf, type Ended, examples, expectExit, type Processes } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'

export const question = 'Which plan lost the most customers?'
export const words = [
  question,
  ...['churn-january.csv', 'churn-february.csv', 'pricing.json'].map((name) => path.join(examples, name)),
]

interface Place {
  cwd: string
  env: Record<string, string>
}

/** Runs the brief and kills it where it stands at the point. */
export async function killAt(processes: Processes, point: Point, place: Place): Promise<Ended> {
  const run = processes.run('test/story/fixtures/stopping-brief.ts', [point, ...words], {
    ...place,
    ipc: true,
  })
  const [announced] = await Promise.race([
    once(run.child, 'message'),
    run.ended.then((ended) => Promise.reject(new Error(`ended before ${point}: ${ended.stderr}`))),
  ])
  expect(announced).toEqual({ at: point })
  run.child.kill('SIGKILL')
  return run.ended
}

/** The same brief, left alone: what every other run of it must come to. */
export async function leftAlone(processes: Processes): Promise<BriefResult> {
  const place = await freshPlace(processes)
  return documentOf(await processes.brief(['--json', ...words], place).ended)
}

async function freshPlace(processes: Processes) {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  return { cwd, bed, env: { DATABASE_URL: bed.url } }
}

/**
 * Kills the brief at the point, gives the same command again, and holds what came of it against the run that was left
 * alone: the same answer and files, one job, every step once, one usage row a step.
 */
export async function expectGoesOn(processes: Processes, point: Point, before: BriefResult): Promise<void> {
  const { bed, ...place } = await freshPlace(processes)
  await killAt(processes, point, place)
  const second = await processes.brief(['--json', ...words], place).ended
  expectSameEnd(second, before)
  // The card that the killed process showed comes anew, unless that one had shown its end.
  if (point !== 'before delivery' && point !== 'posted') expect(second.stderr).toMatch(/ · done · /)
  const rows = await rowsOf(bed.admin)
  expectEndedOnce(rows, { steps: before.receipt.steps })
  expect(rows.artifacts).toHaveLength(before.files.length)
  expect(rows.jobs[0]?.id).toBe(documentOf(second).jobId)
}

export function expectSameEnd(second: Ended, before: BriefResult): void {
  expectExit(second, 0)
  expect(second.stderr).toContain('Going on with this brief, which was interrupted')
  const document = documentOf(second)
  expect(document.outcome).toBe('done')
  expect(document.answer).toBe(before.answer)
  expect(filesOf(document)).toEqual(filesOf(before))
  expect(document.receipt.steps).toBe(before.receipt.steps)
}

const filesOf = (document: BriefResult) =>
  document.files
    .map(({ bytes, path, sha256 }) => ({ path, sha256, bytes }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
