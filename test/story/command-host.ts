import { operate } from '../../src/cli/operate.ts'
import { toLoomError } from '../../src/core/errors.ts'

// A process that runs one command of `npm run loom` after the other, as `src/cli/loom.ts` runs one: what it saves is
// loading Loom anew for each.

export interface CommandOrder {
  words: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  /** Ends what the command wrote, on both streams. */
  mark: string
}

process.on('message', async ({ cwd, env, mark, words }: CommandOrder) => {
  process.chdir(cwd)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  const code = await operate(words).catch((thrown: unknown) => {
    process.stderr.write(`${toLoomError(thrown).message}\n`)
    return 1
  })
  process.stderr.write(mark)
  process.stdout.write(`${code}${mark}`)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
