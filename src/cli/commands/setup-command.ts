/** A command of the operator's, for all accounts or for none: it opens what it needs by itself. Answers the exit code. */
export interface SetupCommand {
  name: string
  usage: string
  help: string
  run(say: (line: string) => void, words: readonly string[]): Promise<number>
}
