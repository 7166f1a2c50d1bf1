import type { ChaosModel } from './model/server.ts'
import type { Platform } from './platform.ts'
import { keepProcess } from './processes.ts'
import { workerCount } from './schedule.ts'
import type { Servers } from './servers.ts'

/** Where each process of the run finds its servers: through the gates. */
export function environment(input: {
  home: string
  servers: Servers
  anthropic: ChaosModel
  openai: ChaosModel
}): Record<string, string> {
  const { anthropic, home, openai, servers } = input
  return {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    LOOM_HOME: home,
    PORT: '0',
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: anthropic.origin,
    OPENAI_API_KEY: 'test-key',
    OPENAI_BASE_URL: `${openai.origin}/v1`,
  }
}

/** The processes of the run, each kept running. */
export function startProcesses(input: { env: Record<string, string>; logs: string; platform: Platform }) {
  const { env, logs, platform } = input
  const role = (name: string, word: string) =>
    keepProcess({ name, script: 'src/main.ts', words: [word], env, logs })
  const workers = Array.from({ length: workerCount }, (_, index) => role(`worker-${index + 1}`, 'worker'))
  const scheduler = role('scheduler', 'scheduler')
  const bot = role('bot', 'bot')
  const script = 'test/chaos/fixtures/outbox.ts'
  const outbox = keepProcess({ name: 'outbox', script, words: [platform.url], env, logs })
  return { workers, scheduler, bot, outbox, processes: [...workers, scheduler, bot, outbox] }
}
