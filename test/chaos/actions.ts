import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosModel } from './model/server.ts'
import type { Kept } from './processes.ts'
import type { Action, ActionKind } from './schedule.ts'
import type { Servers } from './servers.ts'

/** What the actions are done to. */
export interface Scene {
  servers: Servers
  workers: readonly Kept[]
  scheduler: Kept
  bot: Kept
  outbox: Kept
  anthropic: ChaosModel
  openai: ChaosModel
  /** Told when a worker was killed. */
  onWorkerKilled(): void
  /** Told when the database is there again. */
  onDatabaseBack(): void
}

const slowMs = 120

/** Does one action and undoes it after its time. What is away already, for another action, is left alone. */
export function createActor(scene: Scene): (action: Action) => Promise<boolean> {
  const busy = new Set<ActionKind>()
  return async (action) => {
    if (busy.has(action.kind) && !action.kind.startsWith('kill')) return false
    busy.add(action.kind)
    try {
      return await act(scene, action)
    } finally {
      busy.delete(action.kind)
    }
  }
}

async function act(scene: Scene, { kind, ms, target }: Action): Promise<boolean> {
  const { postgres, redis } = scene.servers
  switch (kind) {
    case 'kill worker': {
      const killed = scene.workers[target]?.kill(ms) ?? false
      if (killed) scene.onWorkerKilled()
      return killed
    }
    case 'kill scheduler':
      return scene.scheduler.kill(ms)
    case 'kill bot':
      return scene.bot.kill(ms)
    case 'kill outbox':
      return scene.outbox.kill(ms)
    case 'flush redis':
      await scene.servers.flushRedis()
      return true
    case 'restart redis':
      await redis.server.kill()
      await sleep(ms)
      await redis.server.start()
      return true
    case 'restart postgres':
      await postgres.server.stop()
      await sleep(ms)
      await postgres.server.start()
      scene.onDatabaseBack()
      return true
    case 'cut redis':
      return cut(redis.gate, ms)
    case 'cut postgres':
      return cut(postgres.gate, ms)
    case 'slow redis':
      return slow(redis.lag, ms)
    case 'slow postgres':
      return slow(postgres.lag, ms)
    case 'silence anthropic':
      return silence(scene.anthropic, ms)
    case 'silence openai':
      return silence(scene.openai, ms)
  }
}

/** Half of the cuts are over at once; after the others nobody gets through for a while. */
async function cut(gate: Servers['redis']['gate'], ms: number): Promise<boolean> {
  if (ms < 1_300) gate.cut()
  else {
    await gate.shut()
    await sleep(ms)
    await gate.open()
  }
  return true
}

async function slow(lag: Servers['redis']['lag'], ms: number): Promise<boolean> {
  lag.delay(slowMs)
  await sleep(2 * ms)
  lag.delay(0)
  return true
}

async function silence(model: ChaosModel, ms: number): Promise<boolean> {
  model.silence(true)
  await sleep(ms)
  model.silence(false)
  return true
}
