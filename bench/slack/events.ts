import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { openBed } from '../bed.ts'
import { parseOptions } from '../options.ts'
import type { Load, Outcome } from './generator.ts'
import type { Workplace } from './server.ts'

// Signed events into one bot process: how soon each is acknowledged, and that none is lost or doubled.

const { values } = parseArgs({
  options: {
    'per-second': { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '10' },
    database: { type: 'string' },
  },
})
const options = parseOptions(values.database === undefined ? [] : ['--database', values.database])
const beside = (file: string) => path.join(import.meta.dirname, file)

await using stack = new AsyncDisposableStack()
const bed = await openBed(options)
stack.defer(() => bed.close())

const slack = fork(beside('server.ts'), { stdio: 'inherit' })
stack.defer(() => ended(slack, () => slack.disconnect()))
const [place] = (await once(slack, 'message')) as [Workplace]

const port = 20_000 + (process.pid % 20_000)
const bot = spawn(process.execPath, [path.join(import.meta.dirname, '../../src/main.ts'), 'bot'], {
  stdio: ['ignore', 'inherit', 'pipe'],
  env: {
    ...{ PATH: process.env.PATH, ...bed.env, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` },
    ...{
      SLACK_SIGNING_SECRET: place.signingSecret,
      SLACK_BOT_TOKEN: place.botToken,
      SLACK_API_URL: place.apiUrl,
    },
  },
})
stack.defer(() => ended(bot, () => bot.kill('SIGTERM')))
for await (const line of createInterface(bot.stderr)) if (line.startsWith('Loom runs')) break
bot.stderr.pipe(process.stderr)

const load: Load = {
  place,
  url: `http://127.0.0.1:${port}/slack/events`,
  perSecond: Number(values['per-second']),
  seconds: Number(values.seconds),
  warmUpSeconds: Number(values['warm-up']),
}
const generator = fork(beside('generator.ts'), { stdio: 'inherit' })
generator.send(load)
await once(generator, 'message')
await bed.analyze()
generator.send('go')
const [outcome] = (await once(generator, 'message')) as [Outcome]

const sql = postgres(bed.env.DATABASE_URL ?? '', { max: 1, onnotice: () => undefined })
stack.defer(() => sql.end())
const [kept] = await sql<{ jobs: number; messages: number; said: number }[]>`
  select (select count(*)::int from loom.jobs) as jobs,
         (select count(*)::int from loom.messages where author = 'person') as messages,
         (select count(*)::int from loom.brief_messages where position > 0) as said`

const { latenciesMs, sent, taken } = outcome
const all = latenciesMs.toSorted((a, b) => a - b)
const at = (share: number) => (all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0).toFixed(0)
console.log(
  `${all.length} signed events at ${load.perSecond} a second for ${load.seconds} s into one bot process`,
)
console.log(
  `  sent ${Object.entries(sent)
    .map(([kind, count]) => `${count} ${kind.replaceAll('_', ' ')}`)
    .join(', ')}`,
)
console.log(
  `  acknowledged ${taken} of ${all.length}; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
)
console.log(
  `  jobs ${kept?.jobs} of ${sent.mention}, messages kept ${kept?.messages} of ${sent.mention + sent.reply}, replies heard ${kept?.said} of ${sent.reply}`,
)
if (kept?.jobs !== sent.mention || kept.said !== sent.reply || taken !== all.length) process.exitCode = 1

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}
