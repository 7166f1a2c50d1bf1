import { createLog } from '../src/log.ts'
import { openParts } from '../src/roles/parts.ts'
import { startScheduler } from '../src/roles/scheduler.ts'
import { openBed } from './bed.ts'
import type { Count } from './counted.ts'
import { createFanOut } from './job.ts'
import { type Options, parseOptions } from './options.ts'
import { openTeam, type Team } from './team.ts'

interface Run {
  planMs: number
  makespanMs: number
  bareMs: number
  cpuMs: number
  counts: Map<string, Count>
}

/** The same calls by the same processes with nothing around them. */
async function runBare({ members }: Team, agents: number): Promise<number> {
  const startedAtMs = performance.now()
  await Promise.all(
    members.map((member, index) => {
      const ended = member.next('bare')
      const share = Math.floor(agents / members.length) + (index < agents % members.length ? 1 : 0)
      member.tell({ do: 'bare', agents: share })
      return ended
    }),
  )
  return performance.now() - startedAtMs
}

/** One fan-out: from the planner's commit to the commit that ends the last agent. */
async function runOnce(
  options: Options,
  team: Team,
  fanOut: Awaited<ReturnType<typeof createFanOut>>,
): Promise<Run> {
  const bareMs = await runBare(team, options.agents)
  const prepared = await fanOut.prepare(options.agents)
  let ended = 0
  const lastEnd = Promise.withResolvers<number>()
  team.onEnded(({ agents, atMs, jobId }) => {
    if (jobId !== prepared.jobId) return
    ended += agents
    if (ended >= options.agents) lastEnd.resolve(atMs)
  })
  for (const member of team.members) member.tell({ do: 'forget' })
  const startedAtMs = performance.timeOrigin + performance.now()
  await prepared.commitPlan()
  const planMs = performance.timeOrigin + performance.now() - startedAtMs
  const makespanMs = (await lastEnd.promise) - startedAtMs
  const reports = await Promise.all(
    team.members.map((member) => {
      const report = member.next('report')
      member.tell({ do: 'report' })
      return report
    }),
  )
  await prepared.done()
  const counts = new Map<string, Count>()
  for (const [name, count] of reports.flatMap((report) => report.counts)) {
    const sum = counts.get(name) ?? { calls: 0, ms: 0, members: 0 }
    counts.set(name, {
      calls: sum.calls + count.calls,
      ms: sum.ms + count.ms,
      members: sum.members + count.members,
    })
  }
  const cpuMs = reports.reduce((sum, report) => sum + report.cpuMs, 0)
  return { planMs, makespanMs, bareMs, cpuMs, counts }
}

function report(options: Options, runs: readonly Run[]): void {
  const { agents, ms, steps, workers } = options
  const makespan = median(runs.map((run) => run.makespanMs))
  const bare = median(runs.map((run) => run.bareMs))
  const ratio = median(runs.map((run) => run.makespanMs / run.bareMs))
  const best = Math.min(...runs.map((run) => run.makespanMs / run.bareMs))
  const perSecond = (ofMs: number) => ((agents * steps * 1_000) / ofMs).toFixed(0)
  console.log(
    `${agents} agents x ${steps} steps x ${ms} ms, ${workers} workers, ${options.queue} queue, ${options.adminUrl ? 'given' : 'embedded'} database, ${runs.length} runs`,
  )
  console.log(
    `  engine ${makespan.toFixed(0)} ms (${perSecond(makespan)} steps/s), bare loop ${bare.toFixed(0)} ms (${perSecond(bare)} steps/s)`,
  )
  console.log(
    `  ratio ${ratio.toFixed(2)} (best ${best.toFixed(2)}), ${(makespan - bare).toFixed(0)} ms over; its workers' processors ${median(runs.map((run) => run.cpuMs)).toFixed(0)} ms`,
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
  const team = await openTeam({ ...options, env: bed.env, slots: Math.max(64, options.agents) })
  stack.defer(() => team.close())
  const scheduler = startScheduler(await open())
  stack.defer(() => scheduler.close({ boundMs: 2_000 }))
  const runs: Run[] = []
  // The first ones warm the pools, the statements and the compiler.
  for (let run = -4; run < options.repeats; run += 1) {
    if (run === 0) await bed.analyze()
    const measured = await runOnce(options, team, fanOut)
    if (run >= 0) runs.push(measured)
  }
  report(options, runs)
}
process.exit(0)
