import { z } from 'zod'
import { LoomError } from './errors.ts'
import { limits } from './limits.ts'
import { graphFaults, taskFaults } from './plan-faults.ts'
import { failurePolicies, tiers } from './words.ts'

const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, at most 40')
  .describe('Short name of the task, unique in the plan')

const enough = z.number().int().min(1).max(limits.planTasks).optional()

const plannedTask = z.object({
  key,
  title: z.string().trim().min(1).max(60).describe('For the card: at most 60 characters'),
  objective: z.string().trim().min(1).max(4_000).describe('What the agent is to find out or make'),
  output: z.string().trim().max(1_000).default('').describe('Form of the result and files to write'),
  files: z.array(z.string().max(limits.pathBytes)).max(limits.briefFiles).default([]),
  needs: z.array(key).max(limits.planTasks).default([]).describe('Keys of tasks that must end first'),
  tier: z.enum(tiers).default('standard'),
  ifFails: z
    .enum(failurePolicies)
    .optional()
    .describe(
      'stop: the job ends when this task fails. go_without, the default: the others go on without it',
    ),
  enough: enough.describe('How many of its needs must end well for it to be worth starting; without it none'),
  tools: z
    .array(z.string().max(60))
    .max(40)
    .optional()
    .describe('Names of the only tools that the agent may use; all of them without it'),
  maxSteps: z
    .number()
    .int()
    .min(2)
    .max(limits.taskSteps)
    .optional()
    .describe(`Model calls after which it must have ended, 2 to ${limits.taskSteps}, which it is without it`),
  artifacts: z
    .array(z.string().max(limits.pathBytes))
    .max(limits.taskArtifacts)
    .optional()
    .describe('Paths under final/ of files that it must write, such as "final/churn.csv"'),
})

/** What the planner hands in, by a tool call. */
export const planSchema = z.object({
  title: z.string().trim().min(1).max(80).describe('What is being done, for the card: at most 80 characters'),
  tasks: z
    .array(plannedTask)
    .min(1, 'a plan needs at least one task')
    .max(limits.planTasks, `a plan may have at most ${limits.planTasks} tasks`),
  enough: enough.describe(
    'How many of the tasks must end well for an answer to be worth writing; without it one',
  ),
})

/** What a coordinator hands in once it has seen results. */
export const changeSchema = z.object({
  add: z
    .array(plannedTask)
    .max(limits.planTasks)
    .default([])
    .describe('Tasks as in a plan. They may need tasks that are there already, by key'),
  drop: z
    .array(key)
    .max(limits.planTasks)
    .default([])
    .describe('Keys of tasks that are not worth doing any more. One that has ended stays as it is'),
})

export type PlannedTask = z.infer<typeof plannedTask>
export type Plan = z.infer<typeof planSchema>
export type PlanChange = z.infer<typeof changeSchema>

/**
 * A plan that can be run: keys are unique, every need names a task of the plan, nothing waits for itself, and no task
 * asks for what it cannot have. `tools` are the names there are. Throws `invalid_input` with every fault in words that
 * a model can act on.
 */
export function checkPlan(input: unknown, tools?: readonly string[]): Plan {
  const plan = parse('plan', planSchema, input)
  const faults = [...graphFaults(plan.tasks), ...taskFaults(plan.tasks, tools)]
  if (plan.enough !== undefined && plan.enough > plan.tasks.length) {
    faults.push(`enough is ${plan.enough}, and there are ${plan.tasks.length} tasks`)
  }
  if (faults.length > 0) throw refused('plan', faults)
  return plan
}

/** A change that fits the plan whose tasks have the keys `known`. Throws as `checkPlan` does. */
export function checkChange(
  input: unknown,
  at: { known: readonly string[]; tools?: readonly string[] },
): PlanChange {
  const change = parse('change', changeSchema, input)
  const known = new Set(at.known)
  const faults = [
    ...graphFaults(change.add, known),
    ...taskFaults(change.add, at.tools),
    ...change.drop.filter((name) => !known.has(name)).map((name) => `there is no task ${name} to drop`),
    ...change.add.flatMap((task) =>
      task.needs
        .filter((need) => change.drop.includes(need))
        .map((need) => `${task.key} needs ${need}, which is to be dropped`),
    ),
  ]
  if (change.add.length === 0 && change.drop.length === 0) faults.push('it adds nothing and drops nothing')
  if (change.add.length === 0 && at.known.every((name) => change.drop.includes(name))) {
    faults.push('nothing would be left of the plan')
  }
  if (known.size + change.add.length > limits.planTasks) {
    faults.push(
      `the plan would have ${known.size + change.add.length} tasks; ${limits.planTasks} are the most`,
    )
  }
  if (faults.length > 0) throw refused('change', faults)
  return change
}

function parse<T>(what: 'plan' | 'change', schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(withoutNulls(input))
  if (parsed.success) return parsed.data
  throw refused(
    what,
    parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || what}: ${issue.message}`),
  )
}

/** Some models fill every field in: a `null` counts as a field left out. Items of lists stay as they are. */
function withoutNulls(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(withoutNulls)
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === null ? [] : [[name, withoutNulls(value)]])),
  )
}

function refused(what: 'plan' | 'change', faults: readonly string[]): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message: `The ${what} cannot be used: ${faults.join('; ')}.`,
  })
}
