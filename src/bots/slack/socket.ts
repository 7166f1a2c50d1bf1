import { type App, type Receiver, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt'
import type { Log } from '../../core/ports.ts'
import { isChatter } from './chatter.ts'
import { quietLogger } from './quiet-logger.ts'

/** Closing takes nothing more and waits for what is under way. */
export interface SlackSocket {
  receiver: Receiver
}

/**
 * Bolt's Socket Mode with two changes. Chatter ends before Bolt's middleware, and an event is acknowledged when its
 * listener is through, not before: one that was not made durable is delivered again.
 */
export function createSlackSocket(deps: { appToken: string; apiUrl: string; log: Log }): SlackSocket {
  const socket = new SocketModeReceiver({
    appToken: deps.appToken,
    logger: quietLogger(deps.log),
    installerOptions: { clientOptions: { slackApiUrl: deps.apiUrl } },
  })
  const underWay = new Set<Promise<void>>()
  let isOpen = true

  const take = (app: App) => async (event: ReceiverEvent) => {
    // Without an acknowledgement it is delivered again, to whoever is there then.
    if (!isOpen) return
    if (isChatter(event.body)) return event.ack()
    const work = takeOne(app, event)
    underWay.add(work)
    try {
      await work
    } finally {
      underWay.delete(work)
    }
  }

  return {
    receiver: {
      // The receiver asks nothing else of an app than to take its events.
      init: (app) => socket.init({ processEvent: take(app) } as App),
      start: () => socket.start(),
      async stop() {
        isOpen = false
        await Promise.allSettled(underWay)
        await socket.stop()
      },
    },
  }
}

async function takeOne(app: App, event: ReceiverEvent): Promise<void> {
  if (event.body.type !== 'event_callback') return app.processEvent(event)
  let answer: unknown
  await app.processEvent({
    ...event,
    ack: async (value: unknown) => {
      answer = value
    },
  })
  await event.ack(answer)
}
