import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { isForeground } from './foreground.ts'

/**
 * Gives the lines that a person types on this process's terminal, one by one. With `show`, the terminal echoes nothing
 * by itself: what was typed so far is shown by it, so that a live tree is not torn. Does nothing where no person types.
 */
export function readTypedLines(input: {
  show: ((soFar: string) => void) | undefined
  onLine: (line: string) => void
}): { close(): void } {
  const { onLine, show } = input
  if (!process.stdin.isTTY || !isForeground()) return { close: () => undefined }
  const nowhere = new Writable({ write: (_text, _encoding, done) => done() })
  const lines = createInterface({
    input: process.stdin,
    ...(show ? { output: nowhere, terminal: true, historySize: 50 } : { terminal: false }),
  })
  const showTyped = () => show?.(lines.line)
  lines.on('line', (line) => {
    show?.('')
    onLine(line)
  })
  // Without the terminal's own handling Ctrl-C is a key like others.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  // Behind readline's own listener, which has taken the key by then.
  if (show) process.stdin.on('keypress', showTyped)
  show?.('')
  return {
    close() {
      process.stdin.off('keypress', showTyped)
      lines.close()
    },
  }
}
