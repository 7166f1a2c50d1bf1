import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { openBed } from '../bed.ts'
import { parseOptions } from '../options.ts'
import type { Load, Outcome, Workplace } from './server.ts'

// A burst of commands of Discord into one bot process: how soon each is acknowledged, and that each is one job.

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    http: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
})
const options = parseOptions(values.database === undefined ? [] : ['--database', values.database])
const count = Number(values.count)

await using stack = new AsyncDisposableStack()
const bed = await openBed(options)
stack.defer(() => bed.close())

const discord = fork(path.join(import.meta.dirname, 'server.ts'), { stdio: 'inherit' })
stack.defer(() => ended(discord, () => discord.disconnect()))
const [place] = (await once(discord, 'message')) as [Workplace]

const port = 20_000 + (process.pid % 20_000)
const bot = spawn(process.execPath, [path.join(import.meta.dirname, '../../src/main.ts'), 'bot'], {
  stdio: ['ignore', 'inherit', 'pipe'],
  env: {
    ...{ PATH: process.env.PATH, ...bed.env, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` },
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    ...{ DISCORD_TOKEN: place.token, DISCORD_APPLICATION_ID: place.applicationId },
    ...{ DISCORD_API_URL: place.apiUrl },
    ...(values.http ? { DISCORD_PUBLIC_KEY: place.publicKey } : {}),
  },
})
stack.defer(() => ended(bot, () => bot.kill('SIGTERM')))
for await (const line of createInterface(bot.stderr)) {
  if (line.startsWith('Loom runs')) break
  console.error(line)
}
bot.stderr.pipe(process.stderr)

const load: Load = {
  count,
  seconds: Number(values.seconds),
  ...(values.http ? { url: `http://127.0.0.1:${port}/discord/interactions` } : {}),
}
discord.send(load)
const [outcome] = (await once(discord, 'message')) as [Outcome]

const sql = postgres(bed.env.DATABASE_URL ?? '', { max: 1, onnotice: () => undefined })
stack.defer(() => sql.end())
const jobsNow = async () =>
  (await sql<{ jobs: number }[]>`select count(*)::int as jobs from loom.jobs`)[0]?.jobs ?? 0
const acknowledgedAtMs = performance.now()
while ((await jobsNow()) < count && performance.now() - acknowledgedAtMs < 120_000) await sleep(50)
const jobs = await jobsNow()

const all = outcome.acknowledgedMs.toSorted((a, b) => a - b)
const at = (share: number) => (all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0).toFixed(0)
const within = all.filter((ms) => ms <= 1_000).length
console.log(
  `${count} commands in ${load.seconds} s into one bot process, ${values.http ? 'by HTTP' : 'by the Gateway'}`,
)
console.log(
  `  acknowledged ${all.length}, ${within} within 1 s; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
)
console.log(
  `  jobs ${jobs} of ${count}, the last ${((performance.now() - acknowledgedAtMs) / 1_000).toFixed(1)} s after the last acknowledgement`,
)
if (within !== count || jobs !== count) process.exitCode = 1

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}
