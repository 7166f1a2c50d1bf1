import { inject } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import type { ModelPort } from '../../src/core/model.ts'
import type { Log } from '../../src/core/ports.ts'
import type { Tool } from '../../src/core/workspace.ts'
import { startBot } from '../../src/roles/bot.ts'
import { openParts } from '../../src/roles/parts.ts'
import { startScheduler } from '../../src/roles/scheduler.ts'
import { startWeb } from '../../src/roles/web.ts'
import { startWorker } from '../../src/roles/worker.ts'
import { openTestBed, silentLog } from '../support/store.ts'
import { onlyModel } from '../swarm/swarm-bed.ts'
import { freePort } from './processes.ts'

export interface PlaceInput {
  model: ModelPort
  tools?: readonly Tool[]
  /** Where Loom writes its log, for a test that reads it. */
  log?: Log
}

/** All of Loom's roles in this process, over a database of its own, beside the platforms that `env` names. */
export async function openPlace(input: PlaceInput, env: Record<string, string>) {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  await using stack = new AsyncDisposableStack()
  const [bed, port] = await Promise.all([openTestBed(server), freePort()])
  stack.defer(() => bed.close())
  const publicUrl = `http://localhost:${port}`
  const own = { DATABASE_URL: bed.url, LOOM_HOME: bed.home, PORT: String(port), PUBLIC_URL: publicUrl }
  const config = parseConfig({ ...own, ...env })
  const { log = silentLog } = input
  const parts = await openParts({ config, log, say: () => undefined })
  stack.defer(() => parts.close())

  const boundMs = 1_000
  const { model, tools = [] } = input
  const worker = await startWorker(parts, { models: onlyModel(model), slots: 8, tools })
  stack.defer(() => worker.close({ boundMs }))
  const bot = await startBot(parts, { listens: true })
  stack.defer(() => bot.close({ boundMs }))
  const scheduler = startScheduler(parts)
  stack.defer(() => scheduler.close({ boundMs }))
  const web = await startWeb(parts, bot)
  stack.defer(() => web.close({ boundMs }))
  const owned = stack.move()
  return { bed, publicUrl, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
