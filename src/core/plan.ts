import { z } from 'zod'
import { LoomError } from './errors.ts'
import { limits } from './limits.ts'
import { tiers } from './words.ts'

const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, at most 40')
  .describe('Short name of the task, unique in the plan')

/** What the planner hands in, by a tool call. */
export const planSchema = z.object({
  title: z.string().trim().min(1).max(80).describe('What is being done, for the card: at most 80 characters'),
  tasks: z
    .array(
      z.object({
        key,
        title: z.string().trim().min(1).max(60).describe('For the card: at most 60 characters'),
        objective: z.string().trim().min(1).max(4_000).describe('What the agent is to find out or make'),
        output: z.string().trim().max(1_000).default('').describe('Form of the result and files to write'),
        files: z.array(z.string().max(limits.pathBytes)).max(limits.briefFiles).default([]),
        needs: z.array(key).max(limits.planTasks).default([]).describe('Keys of tasks that must end first'),
        tier: z.enum(tiers).default('standard'),
      }),
    )
    .min(1, 'a plan needs at least one task')
    .max(limits.planTasks, `a plan may have at most ${limits.planTasks} tasks`),
})

export type Plan = z.infer<typeof planSchema>

/**
 * A plan whose graph is sound: keys are unique, every need names a task of the plan, nothing waits for itself.
 * Throws `invalid_input` with every fault in words that a model can act on.
 */
export function checkPlan(input: unknown): Plan {
  const parsed = planSchema.safeParse(input)
  if (!parsed.success) {
    throw refused(
      parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'plan'}: ${issue.message}`),
    )
  }
  const faults = [...repeatedKeys(parsed.data), ...unknownNeeds(parsed.data)]
  if (faults.length === 0) {
    const cycle = findCycle(parsed.data)
    if (cycle) faults.push(`these tasks wait for each other: ${cycle.join(' → ')}`)
  }
  if (faults.length > 0) throw refused(faults)
  return parsed.data
}

function refused(faults: readonly string[]): LoomError {
  return new LoomError({ kind: 'invalid_input', message: `The plan cannot be used: ${faults.join('; ')}.` })
}

function repeatedKeys(plan: Plan): string[] {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const task of plan.tasks) {
    if (seen.has(task.key)) repeated.add(task.key)
    seen.add(task.key)
  }
  return [...repeated].map((name) => `two tasks are called ${name}`)
}

function unknownNeeds(plan: Plan): string[] {
  const keys = new Set(plan.tasks.map((task) => task.key))
  return plan.tasks.flatMap((task) =>
    task.needs
      .filter((need) => !keys.has(need))
      .map((need) => `${task.key} needs ${need}, which is not in the plan`),
  )
}

/** A cycle as the list of its keys, first repeated at the end; `undefined` when the graph has an order. */
function findCycle(plan: Plan): string[] | undefined {
  const needs = new Map(plan.tasks.map((task) => [task.key, task.needs]))
  const state = new Map<string, 'open' | 'closed'>()
  for (const start of needs.keys()) {
    const path: { key: string; next: number }[] = state.has(start) ? [] : [{ key: start, next: 0 }]
    if (path.length > 0) state.set(start, 'open')
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = needs.get(top.key)?.[top.next]
      top.next += 1
      if (need === undefined) {
        state.set(top.key, 'closed')
        path.pop()
      } else if (state.get(need) === 'open') {
        const keys = path.map((entry) => entry.key)
        return [...keys.slice(keys.indexOf(need)), need]
      } else if (!state.has(need)) {
        state.set(need, 'open')
        path.push({ key: need, next: 0 })
      }
    }
  }
  return undefined
}
