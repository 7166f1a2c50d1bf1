import { parseArgs } from 'node:util'

export interface Options {
  agents: number
  steps: number
  ms: number
  repeats: number
  workers: number
  queue: 'redis' | 'postgres'
  redisUrl: string
  /** A login that may create databases; `undefined` for an embedded one. */
  adminUrl: string | undefined
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agents: { type: 'string', default: '50' },
      steps: { type: 'string', default: '5' },
      ms: { type: 'string', default: '50' },
      repeats: { type: 'string', default: '7' },
      workers: { type: 'string', default: '2' },
      queue: { type: 'string', default: 'redis' },
      redis: { type: 'string', default: 'redis://127.0.0.1:6379/9' },
      database: { type: 'string', default: process.env.DATABASE_URL ?? 'embedded' },
    },
  })
  if (values.queue !== 'redis' && values.queue !== 'postgres') throw new Error('--queue redis | postgres')
  return {
    agents: Number(values.agents),
    steps: Number(values.steps),
    ms: Number(values.ms),
    repeats: Number(values.repeats),
    workers: Number(values.workers),
    queue: values.queue,
    redisUrl: values.redis,
    adminUrl: values.database === 'embedded' ? undefined : values.database,
  }
}
