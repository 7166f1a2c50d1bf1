interface Waiting<Question, Answer> {
  question: Question
  resolve: (answer: Answer) => void
  reject: (thrown: unknown) => void
}

/**
 * Asks for many at once: while one ask of a line is under way, who comes meanwhile gathers and shares the next. So each
 * answer was asked for after its asker had come, a lone asker never waits, and a slow database is asked less often, not
 * more. `ask` answers in the order of its questions; what it throws, all who shared it get.
 */
export function together<Question, Answer>(input: {
  lineOf: (question: Question) => string
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>
}): (question: Question) => Promise<Answer> {
  const lines = new Map<string, Waiting<Question, Answer>[]>()

  const pump = async (line: string, waiting: Waiting<Question, Answer>[]): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, mostAtOnce)
      try {
        const answers = await input.ask(group.map(({ question }) => question))
        for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer)
      } catch (thrown) {
        for (const { reject } of group) reject(thrown)
      }
    }
    lines.delete(line)
  }

  return (question) =>
    new Promise((resolve, reject) => {
      const line = input.lineOf(question)
      const waiting = lines.get(line)
      if (waiting) {
        waiting.push({ question, resolve, reject })
        return
      }
      const fresh = [{ question, resolve, reject }]
      lines.set(line, fresh)
      void pump(line, fresh)
    })
}

const mostAtOnce = 500
