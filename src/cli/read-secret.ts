import { LoomError } from '../core/errors.ts'

/**
 * One line of the input, without its end. At a terminal it asks first and shows nothing of what is typed. Never an
 * argument: those stand in the history and in the list of processes.
 */
export async function readSecret(question: string): Promise<string> {
  const { stdin } = process
  if (stdin.isTTY) {
    process.stderr.write(question)
    stdin.setRawMode(true)
  }
  try {
    let text = ''
    for await (const chunk of stdin) {
      text += String(chunk)
      // Ctrl-C and Ctrl-D come as themselves while the terminal is raw.
      if (text.includes('\u0003') || text.includes('\u0004'))
        throw new LoomError({ kind: 'cancelled', message: 'Nothing was kept.' })
      if (/[\r\n]/.test(text)) break
    }
    return (text.split(/[\r\n]/)[0] ?? '').trim()
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false)
      process.stderr.write('\n')
    }
  }
}
