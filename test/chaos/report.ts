import type { Platform } from './platform.ts'
import type { Recovery } from './recovery.ts'
import type { Seen } from './seen.ts'

/** What the supervisor counted itself while it ran. */
export interface Counted {
  seconds: number
  actions: ReadonlyMap<string, number>
  ownEnds: number
  modelCalls: number
  faults: ReadonlyMap<string, number>
  platform: ReturnType<Platform['counts']>
  recovery: Recovery
}

/** The figures of a run as lines of a table. */
export function figures(seen: Seen, counted: Counted): string[] {
  const { actions, faults, modelCalls, ownEnds, platform, recovery, seconds } = counted
  const states = count(seen.jobs.map(({ state }) => state))
  const spent = seen.usage.reduce((sum, { cost }) => sum + cost, 0)
  return table([
    ['seconds', String(Math.round(seconds))],
    ['briefs accepted', String(seen.briefs.length)],
    ['jobs', words(states)],
    ['tasks', String(seen.tasks.length)],
    ['steps', `${seen.steps.length}, of $${(spent / 1_000_000).toFixed(2)}`],
    ['artifacts', String(seen.artifacts.length)],
    ['messages shown', `${seen.posts.length} by ${platform.calls} calls`],
    [
      'platform faults',
      `${platform.lostReplies} lost replies, ${platform.refusals} refusals, ${platform.repeated} posts repeated`,
    ],
    ['model calls', String(modelCalls)],
    ['model faults', words(faults)],
    ['done to Loom', words(actions)],
    ['ended by themselves', `${ownEnds} processes`],
    ['tasks of killed workers taken', spread(recovery.tasksTaken)],
    ['first step with the database back', spread(recovery.firstSteps)],
  ])
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

function count(items: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(items, (item) => item)].map(([item, all]) => [item, all.length]))
}

function words(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return sorted.map(([name, times]) => `${times} ${name}`).join(', ') || 'none'
}

function spread(times: readonly number[]): string {
  if (times.length === 0) return 'never needed'
  const sorted = [...times].sort((a, b) => a - b)
  const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1_000).toFixed(1)} s`
  return `${times.length}: p50 ${seconds(sorted[Math.floor((sorted.length - 1) / 2)])}, max ${seconds(sorted.at(-1))}`
}
