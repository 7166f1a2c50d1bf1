import { createLog } from '../src/log.ts'
import { countStorage, counts, onCounted } from './counted.ts'

// A process of its own: one worker of the product, which also runs its share of the bare loop when told to.

/** What the orchestrator says. */
export type Order = { do: 'bare'; agents: number } | { do: 'forget' } | { do: 'report' }
/** What a worker says. Times are milliseconds of the machine's clock. */
export type Word =
  | { said: 'ready' }
  | { said: 'bare' }
  | { said: 'ended'; jobId: string; agents: number; atMs: number }
  | { said: 'report'; counts: [string, import('./counted.ts').Count][]; cpuMs: number }

export interface WorkerInput {
  env: Record<string, string>
  origin: string
  slots: number
}

const { env, origin, slots } = JSON.parse(process.argv[2] ?? '{}') as WorkerInput
const say = (word: Word) => void process.send?.(word)

countStorage()
const { parseConfig } = await import('../src/config.ts')
const { openParts } = await import('../src/roles/parts.ts')
const { startWorker } = await import('../src/roles/worker.ts')
const { bareLoop, openPort, simulatedModels } = await import('./model.ts')

const config = parseConfig(env)
const log = createLog({ level: config.logLevel })
const parts = await openParts({ config, log, say: () => undefined })
const port = openPort(origin)
const worker = await startWorker(parts, { models: simulatedModels(port), slots })
onCounted((name, args) => {
  if (name !== 'commitSteps') return
  const { commits } = args[2] as { commits: { task: { jobId: string }; outcome?: unknown }[] }
  const atMs = performance.timeOrigin + performance.now()
  for (const [jobId, ended] of Map.groupBy(
    commits.filter(({ outcome }) => outcome),
    ({ task }) => task.jobId,
  )) {
    say({ said: 'ended', jobId, agents: ended.length, atMs })
  }
})

let cpu = process.cpuUsage()
process.on('message', async (order: Order) => {
  switch (order.do) {
    case 'bare':
      await bareLoop(port, order)
      return say({ said: 'bare' })
    case 'forget':
      counts.clear()
      cpu = process.cpuUsage()
      return
    case 'report': {
      const { system, user } = process.cpuUsage(cpu)
      return say({ said: 'report', counts: [...counts], cpuMs: (system + user) / 1_000 })
    }
  }
})
process.on('disconnect', async () => {
  await worker.close({ boundMs: 500 })
  await parts.close()
  process.exit(0)
})
say({ said: 'ready' })
