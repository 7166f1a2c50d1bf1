import { z } from 'zod'
import type { Tool, ToolContext } from '../../core/workspace.ts'
import { type Answer, fail, failed } from './answer.ts'

/**
 * A tool from a strict zod object. A bad argument becomes an error result that names the field, the fault and the
 * fields there are; a `null` counts as a field left out, since some models fill every field in. Failures of `run`
 * become results too. `activity` says what is being done in the person's words; without an input, in general.
 */
export function defineTool<Shape extends z.ZodRawShape>(definition: {
  name: string
  description: string
  input: z.ZodObject<Shape, z.core.$strict>
  effect: Tool['effect']
  activity: (input: z.output<z.ZodObject<Shape, z.core.$strict>> | undefined, context: ToolContext) => string
  run: (input: z.output<z.ZodObject<Shape, z.core.$strict>>, context: ToolContext) => Promise<Answer>
}): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(definition.input, { io: 'input' })
  return {
    spec: { name: definition.name, description: definition.description, inputSchema },
    effect: definition.effect,
    async run(raw, context) {
      const parsed = definition.input.safeParse(withoutNulls(raw))
      if (!parsed.success) {
        const text = complaint(definition.name, parsed.error, definition.input)
        return { ...fail(text), activity: definition.activity(undefined, context) }
      }
      const activity = definition.activity(parsed.data, context)
      try {
        return { ...(await definition.run(parsed.data, context)), activity }
      } catch (thrown) {
        return { ...failed(thrown, context.signal), activity }
      }
    },
  }
}

function withoutNulls(raw: unknown): unknown {
  if (raw === null || raw === undefined) return {}
  if (typeof raw !== 'object' || Array.isArray(raw)) return raw
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null))
}

function complaint(name: string, error: z.ZodError, input: z.ZodObject): string {
  const most = 5
  const faults = error.issues.slice(0, most).map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `- there is no field ${issue.keys
        .slice(0, most)
        .map((key) => JSON.stringify(key.slice(0, 60)))
        .join(', ')}`
    }
    return `- ${issue.path.length === 0 ? 'the input' : issue.path.join('.')}: ${issue.message}`
  })
  const fields = Object.entries(input.shape).map(([field, schema]) =>
    z.safeParse(schema, undefined).success ? `${field}?` : field,
  )
  return [`The input of ${name} cannot be used:`, ...faults, `Its fields: ${fields.join(', ')}.`].join('\n')
}
