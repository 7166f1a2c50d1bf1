import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** The errors that nobody caught and that ended a process, from what the processes wrote; a sentence for each kind. */
export async function crashesIn(logs: string): Promise<string[]> {
  const found = new Map<string, number>()
  for (const name of await readdir(logs)) {
    for (const error of uncaughtIn(await readFile(path.join(logs, name), 'utf8'))) {
      found.set(error, (found.get(error) ?? 0) + 1)
    }
  }
  return [...found].map(
    ([error, times]) => `a process died of an error that nobody caught, ${times} times: ${error}`,
  )
}

/** Node writes the error, its stack and its own version when it gives up. */
function uncaughtIn(log: string): string[] {
  return log
    .split(/^Node\.js v.*$/m)
    .slice(0, -1)
    .map((before) => before.match(/^(?:Uncaught )?\w*Error\b.*$/gm)?.at(-1) ?? 'an error without words')
}
