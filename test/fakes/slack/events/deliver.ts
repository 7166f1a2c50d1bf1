import type { Channel, SlackEvent, Team, World } from '../world.ts'
import { type Envelope, envelope, maySee } from './envelope.ts'
import type { SocketMode } from './socket.ts'
import { type Addresses, type Reply, type Sent, sendByHttp } from './transport.ts'

export interface Delivery {
  eventId: string
  type: string
  /** The app's answers, one for each try. */
  statuses: number[]
  /** How long each answer took. */
  tookMs: number[]
  /** Whether one of them was in time and good. */
  acknowledged: boolean
}

export interface Deliver {
  /** Where the app listens. Interactions and commands go to the same address unless others are named. */
  to(addresses: Addresses | string): void
  /** Keeps events back until `release`. */
  hold(): void
  /** Sends what was kept back, in the order it came or the other way round. */
  release(order?: 'same' | 'reversed'): void
  /** Every event goes out so many times from now on; 1 is as usual. */
  copies(count: number): void
  /** Sends an event that went out before once more, under its own id. */
  again(eventId: string): void
  /** An event of a test's own making, to everyone who may see it; `unsafe` looks at nothing. */
  event(team: Team, event: SlackEvent, channel?: Channel): void
  log: Delivery[]
  /** All envelopes that were made, the newest last. */
  envelopes: Envelope[]
}

/** When Slack tries again: about at once, after a minute, after five. */
const retryAfterMs = [0, 60_000, 300_000]

export function startDeliver(world: World, options: { ackWithinMs: number; socket: SocketMode }) {
  let addresses: Addresses | undefined
  let held: Envelope[] | undefined
  let copies = 1
  const log: Delivery[] = []
  const envelopes: Envelope[] = []
  const later: { dueMs: number; run: () => void }[] = []
  const running = new Set<Promise<unknown>>()

  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    running.add(work)
    void work.finally(() => running.delete(work))
    return work
  }

  const send = (sent: Sent): Promise<Reply> => {
    if (options.socket.isOpen()) return options.socket.send(sent, options.ackWithinMs)
    if (addresses) return sendByHttp(world, addresses, sent, options)
    return Promise.resolve({ status: -1, body: '', headers: undefined })
  }

  const attempt = async (made: Envelope, delivery: Delivery, num: number): Promise<void> => {
    const reason = num === 0 ? undefined : delivery.statuses.at(-1) === 0 ? 'http_timeout' : 'http_error'
    const sentAtMs = performance.now()
    const reply = await send({
      front: 'events',
      payload: made,
      ...(reason ? { retry: { num, reason } } : {}),
    })
    if (reply.status === -1) return
    delivery.statuses.push(reply.status)
    delivery.tookMs.push(performance.now() - sentAtMs)
    delivery.acknowledged = reply.status >= 200 && reply.status < 300
    const waitMs = retryAfterMs[num]
    const gaveUp =
      delivery.acknowledged || waitMs === undefined || reply.headers?.get('x-slack-no-retry') === '1'
    if (gaveUp) return
    if (waitMs === 0) return attempt(made, delivery, num + 1)
    later.push({
      dueMs: world.clock.now() + waitMs,
      run: () => void track(attempt(made, delivery, num + 1)),
    })
  }

  const post = (made: Envelope, times = copies): void => {
    for (let copy = 0; copy < times; copy += 1) {
      const delivery = {
        eventId: made.event_id,
        type: made.event.type,
        statuses: [],
        tookMs: [],
        acknowledged: false,
      }
      log.push(delivery)
      void track(attempt(made, delivery, 0))
    }
  }

  const emit: World['emit'] = (team, event, channel) => {
    for (const install of world.installs.values()) {
      const isHere = install.enterpriseId
        ? team.enterprise?.id === install.enterpriseId
        : install.teamId === team.id
      if (!isHere || !maySee(world, install, event, channel)) continue
      // An event shows what was true when it happened.
      const made = structuredClone(envelope(world, { team, install, channel }, event))
      envelopes.push(made)
      if (held) held.push(made)
      else post(made)
    }
  }

  const deliver: Deliver = {
    to: (given) => {
      addresses = typeof given === 'string' ? { events: given } : given
    },
    hold: () => {
      held ??= []
    },
    release: (order = 'same') => {
      const waiting = held ?? []
      held = undefined
      for (const made of order === 'same' ? waiting : waiting.reverse()) post(made)
    },
    copies: (count) => {
      copies = count
    },
    again: (eventId) => {
      const made = envelopes.find((each) => each.event_id === eventId)
      if (!made) throw new Error('no such event')
      post(made, 1)
    },
    event: emit,
    log,
    envelopes,
  }
  return {
    deliver,
    emit,
    /** An interaction or a command, once: Slack does not repeat these. */
    interact: (sent: Sent) => track(send(sent)),
    /** Retries that are due by Slack's clock. */
    runDue: () => {
      for (const each of later.filter((one) => one.dueMs <= world.clock.now())) {
        later.splice(later.indexOf(each), 1)
        each.run()
      }
    },
    settled: async () => {
      while (running.size > 0) await Promise.allSettled([...running])
    },
  }
}
