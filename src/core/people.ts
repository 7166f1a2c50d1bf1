/** The tool by which an agent asks. */
export const askUserName = 'ask_user'

/** What an agent asks the people of its thread. */
export interface AskedQuestion {
  text: string
  choices: readonly string[]
}

/** `open`: nobody has answered yet, and the task rests. `too_many`: the task has asked as often as it may. */
export type QuestionReply = { state: 'answered'; text: string } | { state: 'open' | 'withdrawn' | 'too_many' }

/** What a tool may not do unasked. The approval holds for this tool with these arguments alone. */
export interface ApprovalRequest {
  tool: string
  input: unknown
  /** What is about to be done, in one sentence for the person. */
  request: string
}

/** `open`: the task rests. `changed`: the arguments are not those that were asked for. */
export type ApprovalReply = 'open' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'changed'

/**
 * The people behind a job, as one call of a tool reaches them. Each call of a step is asked once, however often it is
 * run: a repeat finds what came of it. With `open` the task rests already and is no longer this worker's; the same call
 * is run again, by whichever worker, when somebody has spoken. Both throw `lease_lost` and `unavailable`.
 */
export interface People {
  ask(question: AskedQuestion): Promise<QuestionReply>
  approve(request: ApprovalRequest): Promise<ApprovalReply>
}

/** How long a button can be pressed. */
export const approvalMs = 24 * 3_600_000

export const mostChoices = 5
export const mostQuestions = 3

/** What stands on the row of a task that waits for people. */
export const restWords = { question: 'waits for your answer', approval: 'waits for approval' } as const
export type RestReason = keyof typeof restWords

/** What was meant: the number of a choice stands for it, everything else for itself. */
export function meantAnswer(choices: readonly string[], said: string): string {
  const number = /^\s*([1-9])\s*[.)]?\s*$/.exec(said)?.[1]
  return (number === undefined ? undefined : choices[Number(number) - 1]) ?? said
}
