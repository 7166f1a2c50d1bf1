import { createLog } from '../src/log.ts'
import { type Count, countStorage, counts, onCounted } from './counted.ts'
import { bareLoop, simulatedModels } from './model.ts'
import { type Options, parseOptions } from './options.ts'

countStorage()
const { openBed } = await import('./bed.ts')
const { createFanOut } = await import('./job.ts')
const { openParts } = await import('../src/roles/parts.ts')
const { startScheduler } = await import('../src/roles/scheduler.ts')
const { startWorker } = await import('../src/roles/worker.ts')

interface Run {
  planMs: number
  makespanMs: number
  idealMs: number
  counts: Map<string, Count>
}

/** One fan-out: from the planner's commit to the commit that ends the last agent. */
async function runOnce(options: Options, fanOut: Awaited<ReturnType<typeof createFanOut>>): Promise<Run> {
  const idealMs = await bareLoop(options)
  const prepared = await fanOut.prepare(options.agents)
  let ended = 0
  const lastEnd = Promise.withResolvers<number>()
  counts.clear()
  onCounted((name, args) => {
    if (name !== 'commitSteps') return
    const { commits } = args[2] as { commits: { task: { jobId: string }; outcome?: unknown }[] }
    const own = commits.filter(({ outcome, task }) => outcome && task.jobId === prepared.jobId)
    ended += own.length
    // The planner's own end is one more.
    if (ended >= options.agents + 1) lastEnd.resolve(performance.now())
  })
  const startedAtMs = performance.now()
  await prepared.commitPlan()
  const planMs = performance.now() - startedAtMs
  counts.clear()
  const makespanMs = (await lastEnd.promise) - startedAtMs
  const seen = new Map([...counts].map(([name, count]) => [name, { ...count }]))
  await prepared.done()
  return { planMs, makespanMs, idealMs, counts: seen }
}

function report(options: Options, runs: readonly Run[]): void {
  const { agents, ms, steps } = options
  const makespan = median(runs.map((run) => run.makespanMs))
  const ideal = median(runs.map((run) => run.idealMs))
  const best = Math.min(...runs.map((run) => run.makespanMs))
  const ratio = ms > 0 ? `ratio ${(makespan / ideal).toFixed(2)} (best ${(best / ideal).toFixed(2)})` : ''
  console.log(
    `${agents} agents x ${steps} steps x ${ms} ms, ${options.queue} queue, ${options.adminUrl ? 'given' : 'embedded'} database, ${runs.length} runs`,
  )
  console.log(
    `  median ${makespan.toFixed(0)} ms, bare loop ${ideal.toFixed(0)} ms  ${ratio}  ${((agents * steps * 1_000) / makespan).toFixed(0)} steps/s`,
  )
  console.log(`  plan written in ${median(runs.map((run) => run.planMs)).toFixed(1)} ms`)
  for (const name of new Set(runs.flatMap((run) => [...run.counts.keys()]))) {
    const of = (pick: (count: Count) => number) =>
      median(runs.flatMap((run) => run.counts.get(name) ?? []).map(pick))
    const calls = of((count) => count.calls)
    const mean = of((count) => count.ms / count.calls)
    const group = of((count) => count.members / count.calls)
    console.log(
      `  ${name.padEnd(12)} ${calls.toFixed(0).padStart(4)} calls  ${mean.toFixed(1).padStart(6)} ms each  groups of ${group.toFixed(1)}`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const options = parseOptions(process.argv.slice(2))
{
  await using stack = new AsyncDisposableStack()
  const bed = await openBed(options)
  stack.defer(() => bed.close())
  const log = createLog({ level: bed.config.logLevel })
  const open = async () => {
    const parts = await openParts({ config: bed.config, log, say: () => undefined })
    stack.defer(() => parts.close())
    return parts
  }
  const fanOut = await createFanOut(await open())
  const parts = await open()
  const worker = await startWorker(parts, {
    models: simulatedModels(options),
    slots: Math.max(64, options.agents),
  })
  stack.defer(() => worker.close({ boundMs: 2_000 }))
  const scheduler = startScheduler(await open())
  stack.defer(() => scheduler.close({ boundMs: 2_000 }))
  const runs: Run[] = []
  // The first two warm the pools, the statements and the compiler.
  for (let run = -2; run < options.repeats; run += 1) {
    if (run === 0) await bed.analyze()
    const measured = await runOnce(options, fanOut)
    if (run >= 0) runs.push(measured)
  }
  report(options, runs)
}
process.exit(0)
