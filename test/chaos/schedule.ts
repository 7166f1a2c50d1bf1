import { markOf } from './marks.ts'
import { createRandom, shuffle } from './random.ts'

/** The two accounts whose briefs run side by side. */
export const tenantNames = ['amber', 'birch'] as const
export type TenantName = (typeof tenantNames)[number]

export const workerCount = 3

/** One deck of faults: each card is played once before it is shuffled again, so that a short run meets most kinds. */
const deck = [
  ...['kill worker', 'kill worker', 'kill worker', 'kill worker', 'kill worker'],
  ...['kill scheduler', 'kill bot', 'kill outbox', 'kill outbox'],
  ...['flush redis', 'restart redis', 'cut redis', 'slow redis'],
  ...['restart postgres', 'cut postgres', 'slow postgres'],
  ...['silence anthropic', 'silence openai'],
] as const

export type ActionKind = (typeof deck)[number]

/** Something done to the running Loom. `ms`: how long what was taken away stays away, or stays slow. */
export interface Action {
  atMs: number
  kind: ActionKind
  /** Which of several processes. */
  target: number
  ms: number
}

/** A brief as it will be sent. */
export interface PlannedBrief {
  atMs: number
  tenant: TenantName
  mark: string
  /** How many tasks its plan has. */
  parts: number
  /** Whether a file comes with it, which the bot's lane must fetch. */
  hasFile: boolean
  /** Whether the platform sends it twice at once, as platforms do. */
  twice: boolean
}

/** All that is done in a run: a function of the seed and the length, and of nothing else. */
export function scheduleOf(input: { seed: string; lengthMs: number; killsPerMinute: number }): {
  actions: Action[]
  briefs: PlannedBrief[]
} {
  const { lengthMs, seed } = input
  const actions = [...actionsOf(seed, lengthMs), ...killsOf(input)].sort((a, b) => a.atMs - b.atMs)
  return { actions, briefs: briefsOf(seed, lengthMs) }
}

/** Workers killed beside the deck, for a run that is about nothing else. They are back at once. */
function killsOf(input: { seed: string; lengthMs: number; killsPerMinute: number }): Action[] {
  const { killsPerMinute, lengthMs, seed } = input
  const random = createRandom(seed, 'kills')
  return Array.from({ length: Math.round((killsPerMinute * lengthMs) / 60_000) }, () => ({
    atMs: Math.round(2_500 + random() * Math.max(0, lengthMs - 2_500)),
    kind: 'kill worker',
    target: Math.floor(random() * workerCount),
    ms: 50,
  }))
}

function actionsOf(seed: string, lengthMs: number): Action[] {
  const random = createRandom(seed, 'actions')
  const actions: Action[] = []
  let hand: ActionKind[] = []
  for (let atMs = 2_500; atMs < lengthMs; atMs += 700 + random() * 1_600) {
    if (hand.length === 0) hand = shuffle(deck, random)
    const kind = hand.pop()
    const target = Math.floor(random() * workerCount)
    if (kind) actions.push({ atMs: Math.round(atMs), kind, target, ms: Math.round(200 + random() * 2_300) })
  }
  return actions
}

function briefsOf(seed: string, lengthMs: number): PlannedBrief[] {
  const random = createRandom(seed, 'briefs')
  const briefs: PlannedBrief[] = []
  for (let atMs = 0; atMs < lengthMs; atMs += 300 + random() * 1_100) {
    const tenant = tenantNames[random() < 0.5 ? 0 : 1]
    briefs.push({
      atMs: Math.round(atMs),
      tenant,
      mark: markOf(seed, tenant, briefs.length),
      parts: 1 + Math.floor(random() * 4),
      hasFile: random() < 0.3,
      twice: random() < 0.15,
    })
  }
  return briefs
}
