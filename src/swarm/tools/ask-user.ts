import { z } from 'zod'
import { askUserName, mostChoices, mostQuestions } from '../../core/people.ts'
import type { Tool } from '../../core/workspace.ts'
import { fail, say } from './answer.ts'
import { defineTool } from './define-tool.ts'

/** Asks the people of the thread. The task rests, and no worker waits, until somebody has answered. */
export function askUserTool(): Tool {
  return defineTool({
    name: askUserName,
    description: `Ask the person one question, when the work hangs on something that only they know: a choice that the brief leaves open and that would change the result. Not for what stands in the files, and not for leave to go on. Your task stops until they answer, which may take days. At most ${mostQuestions} questions for each task.`,
    input: z.strictObject({
      question: z.string().trim().min(1).max(600).describe('one sentence that can be answered as it stands'),
      choices: z
        .array(z.string().trim().min(1).max(80))
        .max(mostChoices)
        .optional()
        .describe('likely answers, short; the person may say something else'),
    }),
    effect: 'outside',
    activity: () => 'asking you',
    async run({ choices = [], question }, { people }) {
      const reply = await people.ask({ text: question, choices })
      switch (reply.state) {
        case 'answered':
          return say(`The person answered:\n\n${reply.text}`)
        case 'open':
          return { ...say(''), waitsFor: 'question' }
        case 'withdrawn':
          return fail('The question was taken back. Go on with what you have, and say what you assumed.')
        case 'too_many':
          return fail(
            `This task has asked ${mostQuestions} questions, as many as it may. Go on with what you have, and say what you assumed.`,
          )
      }
    },
  })
}
