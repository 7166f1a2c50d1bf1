import { z } from 'zod'
import { LoomError, toLoomError } from '../core/errors.ts'
import { formatUsd } from '../core/format.ts'
import { limits } from '../core/limits.ts'
import { changeSchema, checkChange, type PlanChange } from '../core/plan.ts'
import type { Tool } from '../core/workspace.ts'
import type { Planned } from '../storage/tasks/loaded.ts'

/**
 * The tool by which a coordinator changes the plan: once in a step, a few times in a job, and within what the job may
 * still spend. `mayDrop`: there may be tasks that have not ended.
 */
export function changeTool(
  input: { planned: Planned; tools: readonly string[]; mayDrop: boolean },
  take: (change: PlanChange) => void,
): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(changeSchema, { io: 'input' })
  let isTaken = false
  return {
    spec: {
      name: 'change_plan',
      description: input.mayDrop
        ? 'Adds tasks to the plan and drops what is not worth doing any more. Ends your part.'
        : 'Adds tasks to the plan, when the answer needs what nobody has found yet. You go on when they have ended.',
      inputSchema,
    },
    effect: 'none',
    async run(raw) {
      const activity = 'changing the plan'
      try {
        if (isTaken) throw refused('The plan was changed in this step already.')
        take(accept(input, raw))
        isTaken = true
        return { content: [{ type: 'text', text: 'The plan is changed.' }], isError: false, activity }
      } catch (thrown) {
        return { content: [{ type: 'text', text: toLoomError(thrown).message }], isError: true, activity }
      }
    },
  }
}

function accept(
  { mayDrop, planned, tools }: { planned: Planned; tools: readonly string[]; mayDrop: boolean },
  raw: unknown,
): PlanChange {
  if (planned.replans >= limits.replans) {
    throw refused(
      `The plan was changed ${limits.replans} times, which is the most. Go on with what is there.`,
    )
  }
  const change = checkChange(raw, { known: planned.tasks.map((task) => task.key), tools })
  if (!mayDrop && change.add.length === 0) throw refused('Every task has ended: there is nothing to drop.')
  const mean = planned.meanMicroUsd
  if (change.add.length * mean > Math.max(0, planned.leftMicroUsd)) {
    const left = formatUsd(Math.max(0, planned.leftMicroUsd))
    throw refused(
      `The job has ${left} left, and a task of it costs about ${formatUsd(mean)}. Add fewer tasks, or go on with what is there.`,
    )
  }
  return change
}

function refused(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
