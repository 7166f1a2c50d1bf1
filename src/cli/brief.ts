import { keepCompiled } from '../compile-cache.ts'
import { parseConfig, readEnvironment } from '../config.ts'
import { toLoomError } from '../core/errors.ts'
import { briefUsage, parseBriefArguments } from './arguments.ts'
import { noOwnerHere } from './local-owner.ts'

/** `npm run brief -- "what I want" file…`: exit code 0 with an answer, 1 with one clear sentence. */
async function main(): Promise<number> {
  const args = parseBriefArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(`${briefUsage}\n`)
    return 0
  }
  const config = parseConfig(readEnvironment())
  if (config.mode === 'hosted') throw noOwnerHere()
  // Loaded now and not before: a wrong argument is answered at once.
  keepCompiled()
  const { runBrief } = await import('./run-brief.ts')
  return runBrief({ args, config, cwd: process.cwd() })
}

main().then(
  (code) => process.exit(code),
  (thrown) => {
    process.stderr.write(`${toLoomError(thrown).message}\n`)
    process.exit(1)
  },
)
