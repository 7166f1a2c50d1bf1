import { Worker } from 'node:worker_threads'
import type { KeeperData, KeeperMessage } from './keeper-thread.ts'

export interface LeaseKeeper {
  /** Resolves at the first renewal: from then on others see that this holder lives. */
  ready: Promise<void>
  /** Renews now, and says what is held, without waiting for the next beat. */
  check(): void
  close(): Promise<void>
}

/**
 * Renews every lease of `holder` about once a second, off the agents' thread. `onHeld` gets the tasks that are still
 * held and when that was asked: a task claimed before then that is missing was lost or its job ended, and its agent
 * must stop. `onMoved` gets a job of which somebody took held tasks away, moments after that was committed: a `check`
 * tells which.
 */
export function startLeaseKeeper(input: {
  url: string
  role: string
  holder: string
  leaseMs: number
  /** How often the leases are renewed; about once a second without it. */
  everyMs?: number | undefined
  onHeld: (held: ReadonlyMap<string, number>, askedAtMs: number) => void
  onMoved?: (jobId: string) => void
  onFault: (fault: unknown) => void
}): LeaseKeeper {
  const { everyMs = 1_000 } = input
  const data: KeeperData = {
    url: input.url,
    role: input.role,
    holder: input.holder,
    leaseMs: input.leaseMs,
    everyMs,
    patienceMs: 120_000,
  }
  const thread = new Worker(new URL('./keeper-thread.ts', import.meta.url), { workerData: data })
  thread.unref()
  thread.on('error', input.onFault)
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
  const beat = setInterval(() => thread.postMessage('beat'), everyMs)
  beat.unref()
  const ready = new Promise<void>((resolve) => {
    thread.on('message', (message: KeeperMessage) => {
      if ('held' in message) {
        resolve()
        input.onHeld(new Map(message.held), message.askedAtMs)
      }
      if ('movedJobId' in message) input.onMoved?.(message.movedJobId)
    })
  })
  return {
    ready,
    check: () => thread.postMessage('check'),
    async close() {
      clearInterval(beat)
      thread.ref()
      thread.postMessage('close')
      await exited
    },
  }
}
