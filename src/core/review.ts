import { z } from 'zod'
import { plural } from './format.ts'

/** What the one who checks an answer hands in, by a tool call. */
export const reviewSchema = z
  .object({
    ok: z.boolean().describe('true: the answer can go out as it is'),
    faults: z
      .array(
        z.object({
          what: z
            .string()
            .trim()
            .min(1)
            .max(600)
            .describe('What is wrong or missing, and where that can be seen'),
          mend: z.string().trim().min(1).max(600).describe('What the answer should say instead'),
        }),
      )
      .max(12)
      .default([])
      .describe('Only what matters to the person, the worst first'),
  })
  .refine((review) => review.ok === (review.faults.length === 0), 'ok and faults contradict each other')

export type Review = z.infer<typeof reviewSchema>

export const nothingToMend = 'Nothing to mend.'

/** A review as its task hands it over: the first line is what the card shows. */
export function reviewWords({ faults }: Review): string {
  if (faults.length === 0) return nothingToMend
  const lines = faults.map(({ mend, what }) => `- ${what} Mend: ${mend}`)
  return [`${plural(faults.length, 'thing')} to mend.`, ...lines].join('\n')
}
