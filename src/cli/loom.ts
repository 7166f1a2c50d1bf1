import { keepCompiled } from '../compile-cache.ts'
import { toLoomError } from '../core/errors.ts'

/** `npm run loom -- <command> …`: prints to the output, exits 0, or 1 with one clear sentence. */
async function main(): Promise<number> {
  keepCompiled()
  const { operate } = await import('./operate.ts')
  return operate(process.argv.slice(2))
}

main().then(
  (code) => process.exit(code),
  (thrown) => {
    process.stderr.write(`${toLoomError(thrown).message}\n`)
    process.exit(1)
  },
)
