import { z } from 'zod'
import { type Review, reviewSchema } from '../core/review.ts'
import type { Tool } from '../core/workspace.ts'

/** The tool by which an answer is judged. */
export function reviewTool(take: (review: Review) => void): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(reviewSchema, { io: 'input' })
  return {
    spec: {
      name: 'submit_review',
      description: 'Hand in what you found: ok, or the faults with what to mend. Ends the check.',
      inputSchema,
    },
    effect: 'none',
    async run(input) {
      const parsed = reviewSchema.safeParse(input)
      if (parsed.success) {
        take(parsed.data)
        const content = [{ type: 'text', text: 'The review is taken.' }] as const
        return { content, isError: false, activity: 'checking the answer' }
      }
      const faults = parsed.error.issues
        .slice(0, 5)
        .map((issue) => `${issue.path.join('.') || 'review'}: ${issue.message}`)
      const text = `The review cannot be used: ${faults.join('; ')}. Call submit_review again.`
      return { content: [{ type: 'text', text }], isError: true, activity: 'checking the answer' }
    },
  }
}
