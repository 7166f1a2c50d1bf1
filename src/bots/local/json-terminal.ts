import { z } from 'zod'
import type { Answer, ChatPort } from '../../core/chat.ts'
import { errorKinds } from '../../core/errors.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { askLines } from './ask-lines.ts'
import { cardFacts } from './card-facts.ts'
import { createLocalPort } from './local-port.ts'
import { noticeLines } from './notice-lines.ts'
import type { PlainOut } from './plain-terminal.ts'

const count = z.number().int().nonnegative()

/**
 * The document a program reads. Stable: fields may be added, none is renamed or removed. Amounts of money are in
 * millionths of a US dollar; what is not known is `null`, never left out.
 */
export const briefResultSchema = z.object({
  jobId: z.string().describe('the job, as the other commands name it'),
  outcome: z.enum(['done', 'failed', 'cancelled']),
  answer: z
    .string()
    .describe('Markdown; for failed and cancelled what happened, what was kept, what to do now'),
  files: z.array(
    z.object({
      path: z.string().describe('where the agent wrote it, as in final/report.md'),
      bytes: count,
      mediaType: z.string(),
      sha256: z.string(),
      localPath: z.string().nullable().describe('where it lies on this machine'),
      url: z.string().nullable().describe('a signed link; whoever has it can read the file until it expires'),
    }),
  ),
  receipt: z.object({
    agents: count,
    steps: count,
    durationMs: count,
    costMicroUsd: count,
    capMicroUsd: count,
    models: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        steps: count,
        inputTokens: count.describe('neither read from nor written to the cache'),
        cacheReadTokens: count,
        cacheWriteTokens: count,
        outputTokens: count,
        costMicroUsd: count,
      }),
    ),
    byAgent: z.array(z.object({ title: z.string(), steps: count, costMicroUsd: count })),
    handovers: z
      .array(z.object({ from: z.string(), to: z.string(), reason: z.enum(errorKinds), steps: count }))
      .describe('steps that went to another model than the first of their tier; names are provider/model'),
  }),
})

export type BriefResult = z.infer<typeof briefResultSchema>

/**
 * One thread for a program: the card's news and the notices as plain lines on `err`, and on `out` one JSON document
 * on one line when the answer comes. Once written it cannot change: an edit of it is only noted on `err`.
 */
export function createJsonTerminal(input: { thread: ThreadId; out: PlainOut; err: PlainOut }): ChatPort {
  const note = (lines: readonly string[]) => {
    if (lines.length > 0) input.err.write(lines.map((line) => `${line}\n`).join(''))
  }
  return createLocalPort({
    thread: input.thread,
    show: ({ message, previous }) => {
      switch (message.kind) {
        case 'card':
          return note(cardFacts(previous?.kind === 'card' ? previous.card : undefined, message.card))
        case 'answer':
          if (previous?.kind === 'answer')
            return note(['The answer changed after it was written; the first stands.'])
          return input.out.write(`${harmlessJson(briefResult(message.answer))}\n`)
        case 'notice':
          return note(noticeLines(message.notice))
        case 'question':
        case 'approval':
          return note(askLines(message))
      }
    },
  })
}

function briefResult({ jobId, outcome, markdown, files, receipt }: Answer): BriefResult {
  return {
    jobId,
    outcome,
    answer: markdown,
    files: files.map(({ path, bytes, mediaType, sha256, localPath, url }) => ({
      path,
      bytes,
      mediaType,
      sha256,
      localPath: localPath ?? null,
      url: url ?? null,
    })),
    receipt: {
      agents: receipt.agents,
      steps: receipt.steps,
      durationMs: receipt.durationMs,
      costMicroUsd: receipt.costMicroUsd,
      capMicroUsd: receipt.capMicroUsd,
      models: [...receipt.models],
      byAgent: [...receipt.byAgent],
      handovers: [...receipt.handovers],
    },
  }
}

/** JSON whose text is exactly what was given, with everything that a terminal would act on written as `\uXXXX`. */
function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu,
    (unseen) =>
      Array.from(
        { length: unseen.length },
        (_, at) => `\\u${unseen.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join(''),
  )
}
