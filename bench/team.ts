import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Order, Word, WorkerInput } from './worker.ts'

/** One process of the bench and what it says. */
interface Member {
  tell(order: Order): void
  /** The next word of this kind. */
  next<Said extends Word['said']>(said: Said): Promise<Extract<Word, { said: Said }>>
}

export interface Team {
  members: readonly Member[]
  onEnded(listener: (word: Extract<Word, { said: 'ended' }>) => void): void
  close(): Promise<void>
}

/** Starts the simulated model server and as many workers as asked. Closed with the team. */
export async function openTeam(input: {
  workers: number
  ms: number
  steps: number
  slots: number
  env: Record<string, string>
}): Promise<Team> {
  const { env, ms, slots, steps, workers } = input
  const children: ChildProcess[] = []
  const start = (file: string, words: string[]): ChildProcess => {
    const child = fork(path.join(import.meta.dirname, file), words, { stdio: 'inherit' })
    children.push(child)
    return child
  }
  const server = start('model-server.ts', [String(ms), String(steps)])
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  const given: WorkerInput = { env, slots, origin: `http://127.0.0.1:${port}` }
  let listener: (word: Extract<Word, { said: 'ended' }>) => void = () => undefined
  const members = await Promise.all(
    Array.from({ length: workers }, async () => {
      const child = start('worker.ts', [JSON.stringify(given)])
      const waiting = new Map<string, ((word: Word) => void)[]>()
      child.on('message', (word: Word) => {
        if (word.said === 'ended') listener(word)
        else waiting.get(word.said)?.shift()?.(word)
      })
      const member: Member = {
        tell: (order) => void child.send(order),
        next: (said) =>
          new Promise((resolve) => {
            const line = waiting.get(said) ?? []
            line.push(resolve as (word: Word) => void)
            waiting.set(said, line)
          }),
      }
      await member.next('ready')
      return member
    }),
  )
  return {
    members,
    onEnded(next) {
      listener = next
    },
    async close() {
      const exits = children.map((child) => once(child, 'exit'))
      for (const child of children) child.disconnect()
      await Promise.all(exits)
    },
  }
}
