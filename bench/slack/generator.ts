import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvelopes, mix, type Sent, signed } from './envelopes.ts'
import type { Workplace } from './server.ts'

// A process of its own: sends signed events at an even rate, whatever the answers take, and notes how long each took.

export interface Load {
  place: Workplace
  url: string
  perSecond: number
  seconds: number
  /** Sent before at a tenth of the rate, unmeasured. */
  warmUpSeconds: number
}

export interface Outcome {
  sent: Record<Sent['kind'], number>
  /** Of the measured ones, acknowledged with 200 at the first try. */
  taken: number
  latenciesMs: number[]
}

const [{ perSecond, place, seconds, url, warmUpSeconds }] = (await once(process, 'message')) as [Load]
let seed = 1
const random = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}
const agent = new Agent({ keepAlive: true })
const envelopes = createEnvelopes(place, random)
const outcome: Outcome = {
  sent: { mention: 0, mention_as_message: 0, reply: 0, chatter: 0, duplicate: 0 },
  taken: 0,
  latenciesMs: [],
}
const live: { channel: string; ts: string }[] = []
const recent: Sent[] = []
const underWay = new Set<Promise<unknown>>()

async function send(one: Sent): Promise<boolean> {
  outcome.sent[one.kind] += 1
  const startedAtMs = performance.now()
  const status = await post(one).catch(() => 0)
  outcome.latenciesMs.push(performance.now() - startedAtMs)
  if (status === 200) outcome.taken += 1
  return status === 200
}

/** By the plain client, which takes half of the processor that `fetch` takes: both run on the cores of the bot. */
function post(one: Sent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent, headers: signed(place, one) }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    sending.once('error', reject)
    sending.end(one.body)
  })
}

function next(): Sent[] {
  const roll = random()
  const again = recent[Math.floor(random() * recent.length)]
  if (roll < mix.duplicate && again) return [{ ...again, kind: 'duplicate', retry: true }]
  const thread = live[Math.floor(random() * live.length)]
  // As long as there is no live thread, nobody replies in one.
  if (roll < mix.duplicate + mix.reply) return [thread ? envelopes.reply(thread) : envelopes.chatter()]
  if (roll < mix.duplicate + mix.reply + mix.mention) {
    const { sent, thread } = envelopes.mention()
    track(Promise.all(sent.map(send)).then((taken) => taken.every(Boolean) && live.push(thread)))
    return []
  }
  return [envelopes.chatter()]
}

function track(work: Promise<unknown>): void {
  underWay.add(work)
  void work.finally(() => underWay.delete(work))
}

async function run(rate: number, count: number): Promise<void> {
  const startedAtMs = performance.now()
  for (let sent = 0; sent < count; sent += 1) {
    const dueMs = startedAtMs + (sent * 1_000) / rate
    const restMs = dueMs - performance.now()
    if (restMs > 0) await sleep(restMs)
    for (const one of next()) {
      recent[sent % 2_000] = one
      track(send(one))
    }
  }
  await Promise.all(underWay)
}

await run(perSecond / 10, (perSecond / 10) * warmUpSeconds)
outcome.latenciesMs = []
outcome.taken = 0
process.send?.('warm')
await once(process, 'message')
await run(perSecond, perSecond * seconds)
// A minute's outcome is longer than a pipe holds: gone once it is through.
process.send?.(outcome, () => process.disconnect?.())
