import { spawn } from 'node:child_process'

/** Format, lint, types, the import picture, unused code and dependencies, schema against migrations: no services. */
const checks: readonly { name: string; command: readonly string[] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'import picture', command: ['node', 'scripts/import-picture.ts'] },
  { name: 'unused code and dependencies', command: ['knip', '--no-progress'] },
  { name: 'schema against migrations', command: ['node', 'scripts/check-migrations.ts'] },
]

const results = await Promise.all(checks.map(run))
for (const { code, name, output, seconds } of results) {
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(output.trimEnd())
}
process.exit(results.every(({ code }) => code === 0) ? 0 : 1)

function run(
  check: (typeof checks)[number],
): Promise<{ name: string; code: number; output: string; seconds: string }> {
  const [program = '', ...words] = check.command
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let output = ''
    // npm puts node_modules/.bin first on the PATH of its scripts.
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    const take = (chunk: Buffer) => {
      output += chunk.toString()
    }
    const end = (code: number) => {
      resolve({
        name: check.name,
        code,
        output,
        seconds: ((performance.now() - startedAt) / 1000).toFixed(1),
      })
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => {
      output += `${error.message}\n`
      end(1)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}
