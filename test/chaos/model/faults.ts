import { chanceOf } from '../random.ts'
import type { Asked } from './asked.ts'
import type { Reply } from './decide.ts'

/** How often a call meets each fault. What is left over is answered as it should be. */
const rates = {
  slow: 0.04,
  'cut mid-stream': 0.02,
  'connection reset': 0.015,
  'rate limit with a time': 0.015,
  'rate limit without': 0.01,
  overloaded: 0.015,
  'server error': 0.015,
  'malformed arguments': 0.03,
  'unknown tool': 0.02,
  'empty reply': 0.02,
} as const

export type Fault = keyof typeof rates

const nonsense: readonly Fault[] = ['malformed arguments', 'unknown tool', 'empty reply']

/**
 * The fault that a call meets, by the seed, what it asks and how often it was asked before: the order in which calls
 * come in plays no part. A task meets one reply of nonsense at most, so that every brief can be answered.
 */
export function faultOf(input: { seed: string; asked: Asked; attempt: number }): Fault | undefined {
  const { asked, attempt, seed } = input
  let left = chanceOf(
    seed,
    'fault',
    asked.brief,
    asked.assignment.task?.key ?? asked.purpose,
    asked.turns,
    attempt,
  )
  for (const [fault, rate] of Object.entries(rates) as [Fault, number][]) {
    left -= rate
    if (left >= 0) continue
    return nonsense.includes(fault) && asked.turns > asked.done.length ? undefined : fault
  }
  return undefined
}

/** The reply as a model gives it that talks nonsense; the same reply for every other fault. */
export function spoil(reply: Reply, fault: Fault | undefined): Reply {
  if (fault === 'empty reply') return { text: '' }
  if (fault === 'unknown tool') return { call: { name: 'summon_help', json: '{"who":"anyone"}' } }
  if (fault === 'malformed arguments' && 'call' in reply) {
    return { call: { ...reply.call, json: reply.call.json.slice(0, -1) } }
  }
  return reply
}
