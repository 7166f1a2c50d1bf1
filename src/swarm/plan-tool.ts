import { z } from 'zod'
import { toLoomError } from '../core/errors.ts'
import { checkPlan, type Plan, planSchema } from '../core/plan.ts'
import type { Tool } from '../core/workspace.ts'

export const planToolName = 'submit_plan'

/** The tool by which the planner hands in its plan. A plan that cannot be used comes back with every fault named.
 * `tools` are the names of what its agents can have. */
export function planTool(tools: readonly string[], take: (plan: Plan) => void): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(planSchema, { io: 'input' })
  return {
    spec: {
      name: planToolName,
      description: `Hand in the plan: a title, and tasks with their objectives, files and needs. Ends the planning. The agents’ tools: ${tools.join(', ')}.`,
      inputSchema,
    },
    effect: 'none',
    async run(input) {
      try {
        const plan = checkPlan(input, tools)
        take(plan)
        return {
          content: [{ type: 'text', text: 'The plan is taken.' }],
          isError: false,
          activity: 'planning',
        }
      } catch (thrown) {
        const text = `${toLoomError(thrown).message} Mend it and call ${planToolName} again.`
        return { content: [{ type: 'text', text }], isError: true, activity: 'mending the plan' }
      }
    },
  }
}
