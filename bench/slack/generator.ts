import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvelopes, mix, type Sent, signed } from './envelopes.ts'
import type { Workplace } from './server.ts'

// A process of its own: sends signed events at an even rate, whatever the answers take, and notes how long each took.

export interface Load {
  place: Workplace
  url: string
  perSecond: number
  seconds: number
}

export interface Outcome {
  sent: Record<Sent['kind'], number>
  /** Acknowledged with 200, at the first try. */
  taken: number
  latenciesMs: number[]
}

const [{ perSecond, place, seconds, url }] = (await once(process, 'message')) as [Load]
let seed = 1
const random = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}
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
  const response = await fetch(url, { method: 'POST', headers: signed(place, one), body: one.body }).catch(
    () => undefined,
  )
  await response?.arrayBuffer()
  outcome.latenciesMs.push(performance.now() - startedAtMs)
  if (response?.status === 200) outcome.taken += 1
  return response?.status === 200
}

function next(): Sent[] {
  const roll = random()
  const again = recent[Math.floor(random() * recent.length)]
  if (roll < mix.duplicate && again) return [{ ...again, kind: 'duplicate', retry: true }]
  const thread = live[Math.floor(random() * live.length)]
  if (roll < mix.duplicate + mix.reply && thread) return [envelopes.reply(thread)]
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

const startedAtMs = performance.now()
for (let count = 0; count < perSecond * seconds; count += 1) {
  const dueMs = startedAtMs + (count * 1_000) / perSecond
  if (dueMs > performance.now()) await sleep(dueMs - performance.now())
  for (const one of next()) {
    recent[count % 2_000] = one
    track(send(one))
  }
}
await Promise.all(underWay)
process.send?.(outcome)
process.disconnect?.()
