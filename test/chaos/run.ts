import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runChaos } from './supervisor.ts'

// `npm run chaos -- --seed N --minutes M [--kills K]`: what the seed says is done to a Loom of several processes for so long; then
// everything that was accepted must end, once. Ends with 1 and a list when something was lost, doubled or mixed up.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '1' },
    kills: { type: 'string', default: '0' },
  },
})
const { kills, minutes, seed } = values
const lengthMs = Number(minutes) * 60_000
const killsPerMinute = Number(kills)
if (!(lengthMs > 0 && killsPerMinute >= 0)) {
  console.error(
    '--minutes takes a number above 0, as in --minutes 0.5; --kills how many more workers a minute',
  )
  process.exit(2)
}
// So that what was started goes with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const folder = await mkdtemp(path.join(tmpdir(), 'loom-chaos-'))
await chmod(folder, 0o755)
const { figures, violations } = await runChaos({
  ...{ seed, lengthMs, killsPerMinute, folder },
  say: (line) => console.log(line),
})
console.log(['', ...figures, ''].join('\n'))
if (violations.length === 0) {
  console.log(`seed ${seed}: nothing lost, nothing doubled`)
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
} else {
  const most = 40
  for (const violation of violations.slice(0, most)) console.log(`- ${violation}`)
  if (violations.length > most) console.log(`- and ${violations.length - most} more`)
  console.log(
    `seed ${seed}: ${violations.length} things are wrong. What the processes logged is in ${folder}/logs.`,
  )
  console.log(`Again: npm run chaos -- --seed ${seed} --minutes ${minutes} --kills ${kills}`)
}
process.exit(violations.length === 0 ? 0 : 1)
