import { createJsonTerminal } from '../bots/local/json-terminal.ts'
import { createLiveTerminal } from '../bots/local/live-terminal.ts'
import { createPlainTerminal } from '../bots/local/plain-terminal.ts'
import type { Answer, Card, ChatPort, OutMessage } from '../core/chat.ts'
import type { ThreadId } from '../core/thread-id.ts'

/** A terminal takes a message at once: what a killed process had taken, its successor may take so soon. */
export const terminalLeaseMs = 2_000

interface Terminal {
  port: ChatPort
  /** Shows what is being typed, where the terminal would not do it by itself without harm. */
  typed: ((soFar: string) => void) | undefined
  close(): void
}

/** The port for this process's own streams: a live tree on a terminal, plain lines elsewhere, JSON when asked for. */
export function openTerminal(input: {
  thread: ThreadId
  json: boolean
  onCard: (card: Card) => void
  onAnswer: (answer: Answer) => void
  /** Nobody reads the output any more, as after `| head -1`. */
  onGone: () => void
}): Terminal {
  process.stdout.on('error', input.onGone)
  process.stderr.on('error', () => undefined)
  const { close, port, typed } = choosePort(input)
  const told = (message: OutMessage) => {
    if (message.kind === 'card') input.onCard(message.card)
    if (message.kind === 'answer') input.onAnswer(message.answer)
  }
  return {
    close,
    typed,
    port: {
      ...port,
      async post(thread, message, options) {
        const ref = await port.post(thread, message, options)
        told(message)
        return ref
      },
      async edit(thread, ref, message) {
        await port.edit(thread, ref, message)
        told(message)
      },
    },
  }
}

function choosePort(input: { thread: ThreadId; json: boolean }): Terminal {
  const { thread } = input
  const write = (text: string) => void process.stdout.write(text)
  const nothing = () => undefined
  if (input.json) {
    const err = { write: (text: string) => void process.stderr.write(text) }
    return { port: createJsonTerminal({ thread, out: { write }, err }), typed: undefined, close: nothing }
  }
  const { stdout } = process
  if (!stdout.isTTY)
    return { port: createPlainTerminal({ thread, out: { write } }), typed: undefined, close: nothing }
  const color = stdout.hasColors()
  const live = createLiveTerminal({
    thread,
    out: { write, columns: () => stdout.columns, rows: () => stdout.rows, color, links: color },
    now: Date.now,
  })
  return { port: live, typed: live.typed, close: () => live.close() }
}
