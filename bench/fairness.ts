import { parseArgs } from 'node:util'
import { createLog } from '../src/log.ts'
import { openParts } from '../src/roles/parts.ts'
import { startScheduler } from '../src/roles/scheduler.ts'
import { startWorker } from '../src/roles/worker.ts'
import type { ModelRouter } from '../src/swarm/models/router.ts'
import { openBed } from './bed.ts'
import { createFanOut } from './job.ts'
import { modelsInProcess } from './model-in-process.ts'
import { parseOptions } from './options.ts'

const { values } = parseArgs({
  options: {
    ready: { type: 'string', default: '10000' },
    slots: { type: 'string', default: '32' },
    ms: { type: 'string', default: '500' },
    steps: { type: 'string', default: '5' },
    'their-steps': { type: 'string', default: '40' },
    repeats: { type: 'string', default: '5' },
    queue: { type: 'string', default: 'redis' },
    redis: { type: 'string', default: 'redis://127.0.0.1:6379/9' },
    database: { type: 'string', default: process.env.DATABASE_URL ?? 'embedded' },
  },
})
const [ready, slots, ms, steps, theirSteps, repeats] = [
  values.ready,
  values.slots,
  values.ms,
  values.steps,
  values['their-steps'],
  values.repeats,
].map(Number) as [number, number, number, number, number, number]
/** The most tasks that a plan may have. */
const planTasks = 100

type FanOut = Awaited<ReturnType<typeof createFanOut>>

/** A three-task job, from the moment its plan is there until its answer is. */
async function threeTasks(fanOut: FanOut): Promise<number> {
  const prepared = await fanOut.prepare(3)
  const startedAtMs = performance.now()
  await prepared.commitPlan()
  await prepared.done()
  return performance.now() - startedAtMs
}

/** The agents of the tenant that is seen first have `steps`, those of the other `theirSteps`. */
function modelsByTenant(): ModelRouter {
  const [mine, theirs] = [modelsInProcess({ ms, steps }), modelsInProcess({ ms, steps: theirSteps })]
  let first: string | undefined
  return {
    choices(input) {
      first ??= input.tenantId
      return (input.tenantId === first ? mine : theirs).choices(input)
    },
  }
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
const inWords = (times: readonly number[]) =>
  `median ${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`

{
  await using stack = new AsyncDisposableStack()
  const { database, queue, redis } = values
  const bed = await openBed(parseOptions(['--queue', queue, '--redis', redis, '--database', database]))
  stack.defer(() => bed.close())
  const log = createLog({ level: bed.config.logLevel })
  const open = async () => {
    const parts = await openParts({ config: bed.config, log, say: () => undefined })
    stack.defer(() => parts.close())
    return parts
  }
  const parts = await open()
  const worker = await startWorker(parts, { models: modelsByTenant(), slots })
  stack.defer(() => worker.close({ boundMs: 2_000 }))
  const scheduler = startScheduler(await open())
  stack.defer(() => scheduler.close({ boundMs: 2_000 }))
  const looking = parts.openStore('loom_worker').sql

  const little = await createFanOut(await open())
  for (let warm = 0; warm < 2; warm += 1) await threeTasks(little)
  await bed.analyze()
  const alone: number[] = []
  for (let run = 0; run < repeats; run += 1) alone.push(await threeTasks(little))

  const much = await createFanOut(await open())
  for (let task = 0; task < ready + slots; task += planTasks)
    await (await much.prepare(planTasks)).commitPlan()
  const waiting = async () => {
    const [row] = await looking<{ free: number }[]>`
      select count(*)::int as free from loom.ready_tasks where holder is null`
    return row?.free ?? 0
  }
  const beside: number[] = []
  const seen = await waiting()
  for (let run = 0; run < repeats; run += 1) beside.push(await threeTasks(little))

  console.log(
    `a job of 3 agents x ${steps} steps x ${ms} ms, ${slots} slots, beside ${seen} ready tasks of ${theirSteps} steps each (${await waiting()} in the end)`,
  )
  console.log(`  alone   ${inWords(alone)}`)
  console.log(`  beside  ${inWords(beside)}`)
  console.log(`  ratio   ${(median(beside) / median(alone)).toFixed(2)}`)
}
process.exit(0)
