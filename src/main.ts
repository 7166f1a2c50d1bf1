import { flushCompileCache } from 'node:module'
import { keepCompiled } from './compile-cache.ts'
import { parseConfig, readEnvironment } from './config.ts'
import { toLoomError } from './core/errors.ts'
import { createLog } from './log.ts'
import { closeOnSignal } from './roles/signals.ts'

/** `npm start -- [all|bot|worker|scheduler]`: starts the roles, runs until SIGTERM or SIGINT, closes in reverse. */
async function main(): Promise<void> {
  keepCompiled()
  const { parseRoles, startRoles } = await import('./roles/start.ts')
  const roles = parseRoles(process.argv.slice(2))
  const config = parseConfig(readEnvironment(), roles)
  const log = createLog({ level: config.logLevel })
  const closing = closeOnSignal()
  const running = await startRoles({ config, log, roles, say: (line) => process.stderr.write(`${line}\n`) })
  process.stderr.write(`${running.greeting}\n`)
  flushCompileCache()
  const signal = await closing
  log.info({ signal }, 'closing')
  await running.close()
}

main().then(
  () => process.exit(0),
  (thrown) => {
    process.stderr.write(`${toLoomError(thrown).message}\n`)
    process.exit(1)
  },
)
