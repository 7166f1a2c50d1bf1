import { fork } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createSlack } from '../src/bots/slack/index.ts'
import { createLog } from '../src/log.ts'
import { openParts } from '../src/roles/parts.ts'
import { saveInstallation } from '../src/storage/installations/save.ts'
import { createWebApp } from '../src/web/app.ts'
import { listen } from '../src/web/listen.ts'
import { openBed } from './bed.ts'
import { parseOptions } from './options.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    database: { type: 'string', default: process.env.DATABASE_URL ?? 'embedded' },
  },
})
const liveThreads = 50
const secret = randomBytes(16).toString('hex')
const bed = await openBed(parseOptions(['--queue', 'postgres', '--database', values.database]))
const log = createLog({ level: 'warn' })
const parts = await openParts({ config: bed.config, log, say: () => undefined })
const store = parts.openStore('loom_app')
await saveInstallation(store, {
  ...{ platform: 'slack', kind: 'team', externalId: 'T0BENCH', scopes: [] },
  tokens: { botToken: 'xoxb-bench', botUserId: 'ULOOM', appId: 'A0LOOM' },
  installer: { externalId: 'U0PERSON' },
})
const slack = createSlack({
  ...{ store, log, ring: parts.ring, publicUrl: 'http://loom.test', installKey: randomBytes(32) },
  settings: {
    ...{ signingSecret: secret, botToken: undefined, appToken: undefined, apiUrl: 'http://127.0.0.1:9/api/' },
    oauth: { clientId: '1.2', clientSecret: 's' },
  },
})
const app = createWebApp({ store, objects: parts.objects, links: parts.links, log, handlers: slack.handlers })
const web = await listen(app, { port: 0 })

interface Told {
  sent: { mentions: number; replies: number; duplicates: number; chatter: number }
  refused: number
  tookMs: number[]
}

/** One run of the sender, which is a process of its own. */
function send(order: { perSecond: number; seconds: number; live: string[]; fromS: number }): Promise<Told> {
  const child = fork(path.join(import.meta.dirname, 'slack-sender.ts'))
  child.send({ ...order, secret, url: `http://127.0.0.1:${web.port}/slack/events` })
  return new Promise((resolve, reject) => {
    child.once('message', (told) => resolve(told as Told))
    child.once('exit', (code) => code !== 0 && reject(new Error(`the sender ended with ${code}`)))
  })
}

const counts = async () => {
  const { tenantId } = await saveInstallation(store, {
    ...{ platform: 'slack', kind: 'team', externalId: 'T0BENCH', scopes: [] },
    tokens: { botToken: 'xoxb-bench', botUserId: 'ULOOM', appId: 'A0LOOM' },
    installer: { externalId: 'U0PERSON' },
  })
  const [row] = await store.sql.begin(async (sql) => {
    await sql`select set_config('loom.tenant', ${tenantId}, true)`
    return sql<{ jobs: number; said: number }[]>`
      select (select count(*)::int from loom.jobs) as jobs,
             (select count(*)::int from loom.brief_messages where position > 0) as said`
  })
  return { jobs: row?.jobs ?? 0, said: row?.said ?? 0 }
}

// The threads that are replied to, by mentions of their own.
const live = Array.from({ length: liveThreads }, (_, at) => `${1_700_000_000 + at}.000100`)
const answer = slack.handlers['/slack/events']
if (!answer) throw new Error('nothing listens')
for (const ts of live) {
  const atS = Math.floor(Date.now() / 1_000)
  const event = { type: 'app_mention', channel: 'C0BENCH', user: 'U1PERSON', ts, text: '<@ULOOM> watch this' }
  const body = JSON.stringify({ type: 'event_callback', team_id: 'T0BENCH', event })
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${atS}:${body}`).digest('hex')}`
  const headers = { 'x-slack-request-timestamp': String(atS), 'x-slack-signature': signature }
  await answer.answer(new Request('http://x/', { method: 'POST', body, headers }))
}
await send({ perSecond: 50, seconds: 2, live, fromS: 1_750_000_000 }).catch(() => undefined)
await bed.analyze()
const before = await counts()
const cpu = process.cpuUsage()
const told = await send({
  perSecond: Number(values.rate),
  seconds: Number(values.seconds),
  live,
  fromS: 1_760_000_000,
})
const used = process.cpuUsage(cpu)
const after = await counts()
const at = (part: number) => Math.round(told.tookMs[Math.floor((told.tookMs.length - 1) * part)] ?? 0)
const wanted = { jobs: told.sent.mentions, said: told.sent.replies }
const found = { jobs: after.jobs - before.jobs, said: after.said - before.said }
process.stdout.write(
  `${JSON.stringify({
    events: told.tookMs.length,
    sent: told.sent,
    refused: told.refused,
    acknowledgedMs: { median: at(0.5), p99: at(0.99), most: at(1) },
    wanted,
    found,
    cpuShare: Number(((used.user + used.system) / 1e6 / Number(values.seconds)).toFixed(2)),
  })}\n`,
)
await web.close({ boundMs: 1_000 })
await slack.close()
await parts.close()
await bed.close()
process.exit(
  found.jobs === wanted.jobs && found.said === wanted.said && told.refused === 0 && at(1) < 1_000 ? 0 : 1,
)
