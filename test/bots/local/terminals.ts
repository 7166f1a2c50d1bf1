import { createJsonTerminal } from '../../../src/bots/local/json-terminal.ts'
import { createLiveTerminal, type LiveTerminal } from '../../../src/bots/local/live-terminal.ts'
import { createPlainTerminal } from '../../../src/bots/local/plain-terminal.ts'
import type { ChatPort, OutMessage } from '../../../src/core/chat.ts'
import type { ThreadId } from '../../../src/core/thread-id.ts'
import type { ChatPortSetup, VisibleMessage } from '../../contracts/chat-port.ts'
import { createScreen, type Screen } from './screen.ts'

export const thread: ThreadId = 'local:terminal:1'
const otherThread: ThreadId = 'local:terminal:2'

export interface LiveScene {
  screen: Screen
  port: LiveTerminal
  post(message: OutMessage, nonce: string): Promise<string>
  edit(ref: string, message: OutMessage): Promise<void>
  /** Lets the time of one frame pass. */
  tick(): void
  ticking(): boolean
}

/** A live terminal on a screen of its own, with a clock that the test turns. */
export function liveScene(
  size: { columns: number; rows: number },
  look: { color: boolean; links: boolean } = { color: false, links: false },
): LiveScene {
  const screen = createScreen(size)
  let now = 0
  let tick: (() => void) | undefined
  const port = createLiveTerminal({
    thread,
    out: { write: screen.write, columns: () => screen.size.columns, rows: () => screen.size.rows, ...look },
    now: () => now,
    every: (_ms, work) => {
      tick = work
      return () => {
        tick = undefined
      }
    },
  })
  return {
    screen,
    port,
    post: (message, nonce) => port.post(thread, message, { nonce }),
    edit: (ref, message) => port.edit(thread, ref, message),
    tick: () => {
      now += 250
      tick?.()
    },
    ticking: () => tick !== undefined,
  }
}

export async function liveSetup(): Promise<ChatPortSetup> {
  const { screen, port } = liveScene({ columns: 80, rows: 24 }, { color: true, links: true })
  const posted = remembering(port)
  return {
    port: posted.port,
    thread,
    otherThread,
    visible: async () => readScreen(screen.lines(), posted.posts),
    disturbances: async () => [...screen.disturbances],
    close: async () => port.close(),
  }
}

export async function plainSetup(): Promise<ChatPortSetup> {
  const log = createLog()
  return logged(createPlainTerminal({ thread, out: log }), [log])
}

export async function jsonSetup(): Promise<ChatPortSetup> {
  const out = createLog()
  const err = createLog()
  return logged(createJsonTerminal({ thread, out, err }), [err, out])
}

export function createLog(): { write(text: string): void; text(): string } {
  let all = ''
  return {
    write: (text) => {
      all += text
    },
    text: () => all,
  }
}

/** What a log shows belongs to the message whose posting or editing wrote it. */
function logged(port: ChatPort, logs: readonly { text(): string }[]): ChatPortSetup {
  const shown = new Map<string, VisibleMessage>()
  const all = () => logs.map((log) => log.text())
  let read = all()
  const note = (ref: string, kind: string) => {
    const text = all()
      .map((now, index) => now.slice(read[index]?.length ?? 0))
      .join('')
    read = all()
    const before = shown.get(ref)
    if (text !== '') shown.set(ref, { ref, kind, ...before, text: (before?.text ?? '') + text })
  }
  const wrapped: ChatPort = {
    ...port,
    post: async (where, message, options) => {
      const ref = await port.post(where, message, options)
      note(ref, message.kind)
      return ref
    },
    edit: async (where, ref, message) => {
      await port.edit(where, ref, message)
      note(ref, message.kind)
    },
  }
  return {
    port: wrapped,
    thread,
    otherThread,
    visible: async () => [...shown.values()],
    disturbances: async () =>
      all()
        .join('')
        .match(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu) ?? [],
    close: async () => {},
  }
}

function remembering(port: LiveTerminal) {
  const posts: { ref: string; message: OutMessage }[] = []
  const wrapped: ChatPort = {
    ...port,
    post: async (where, message, options) => {
      const ref = await port.post(where, message, options)
      if (posts.every((post) => post.ref !== ref)) posts.push({ ref, message })
      return ref
    },
  }
  return { port: wrapped, posts }
}

/** Finds the messages on a screen: a card by its money line and its rows, a notice by its words, the rest is answer. */
function readScreen(
  lines: readonly string[],
  posts: readonly { ref: string; message: OutMessage }[],
): VisibleMessage[] {
  const found: VisibleMessage[] = []
  const notices = posts.flatMap(({ message }) => (message.kind === 'notice' ? [message.notice.text] : []))
  for (const line of lines) {
    const last = found.at(-1)
    const kind = / · \$[\d.,]+ of \$[\d.,]+$/.test(line)
      ? 'card'
      : last?.kind === 'card' && /^ {2}[✓◐◓◑◒◇○✗–…] /.test(line)
        ? 'row'
        : notices.includes(line)
          ? 'notice'
          : 'answer'
    if (last && (kind === 'row' || (kind === 'answer' && last.kind === 'answer'))) last.text += `\n${line}`
    else if (line !== '') found.push({ ref: '', kind, text: line })
  }
  const taken = new Set<string>()
  return found.map((message) => {
    const post = posts.find((post) => post.message.kind === message.kind && !taken.has(post.ref))
    if (post) taken.add(post.ref)
    return { ...message, ref: post?.ref ?? 'nobody posted this' }
  })
}
