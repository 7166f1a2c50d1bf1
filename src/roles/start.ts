import { type Config, type RoleName, roleNames } from '../config.ts'
import { LoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { startBot } from './bot.ts'
import { startErasure } from './erasure.ts'
import { startExports } from './exports.ts'
import { modelsInWords, openModels } from './model.ts'
import { startNightly } from './nightly.ts'
import { startNotices } from './notices.ts'
import { openParts } from './parts.ts'
import { openPorts } from './ports.ts'
import { openProcessors } from './processors.ts'
import { startScheduler } from './scheduler.ts'
import { startWeb } from './web.ts'
import { startWorker } from './worker.ts'

/** How long work in flight may take to reach the end of its step when the process closes. */
const boundMs = 10_000

/** How many agents of one process work at once. They wait for models most of the time. */
export const workerSlots = 64

/** `all`, nothing or one role's name. Throws `invalid_input` for anything else. */
export function parseRoles(words: readonly string[]): RoleName[] {
  const [word = 'all', ...more] = words
  const known = roleNames.find((name) => name === word)
  if (more.length > 0 || (word !== 'all' && !known)) {
    throw new LoomError({
      kind: 'invalid_input',
      message: `There is no such role. Say one of: all, ${roleNames.join(', ')}.`,
    })
  }
  return known ? [known] : [...roleNames]
}

/** Starts roles in one process. `close` ends them in reverse, each within its bound, then what they shared. */
export async function startRoles(input: {
  config: Config
  log: Log
  roles: readonly RoleName[]
  say: (line: string) => void
}): Promise<{ greeting: string; close(): Promise<void> }> {
  const { config, roles } = input
  await using stack = new AsyncDisposableStack()
  const parts = await openParts(input)
  stack.defer(() => parts.close())
  const models = openModels(config)
  if (roles.includes('worker')) {
    const worker = await startWorker(parts, { models, slots: workerSlots })
    stack.defer(() => worker.close({ boundMs }))
  }
  let where = ''
  if (roles.includes('bot')) {
    const bot = await startBot(parts, { listens: true })
    stack.defer(() => bot.close({ boundMs }))
    const web = await startWeb(parts, bot)
    stack.defer(() => web.close({ boundMs }))
    where = `, links on ${config.publicUrl}`
  }
  if (roles.includes('scheduler')) {
    const scheduler = startScheduler(parts)
    stack.defer(() => scheduler.close({ boundMs }))
    const erasure = startErasure(parts, {
      processors: await openProcessors(parts),
      ports: await openPorts(parts),
    })
    stack.defer(() => erasure.close({ boundMs }))
    const exports = startExports(parts)
    stack.defer(() => exports.close({ boundMs }))
    const notices = await startNotices(parts)
    stack.defer(() => notices.close({ boundMs }))
    const nightly = startNightly(parts, { hour: config.nightHour })
    stack.defer(() => nightly.close({ boundMs }))
  }
  const owned = stack.move()
  return {
    greeting: `Loom runs as ${roles.join(', ')} with ${modelsInWords(config)}${where}. Stop it with Ctrl-C.`,
    close: () => owned.disposeAsync(),
  }
}
