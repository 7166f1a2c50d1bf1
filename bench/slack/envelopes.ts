import { createHmac } from 'node:crypto'
import type { Workplace } from './server.ts'

/** One event as it goes over the wire. */
export interface Sent {
  kind: 'mention' | 'mention_as_message' | 'reply' | 'chatter' | 'duplicate'
  body: string
  retry: boolean
}

/** The mix of the issue: of a hundred events two are mentions, ten replies in live threads, five come again. */
export const mix = { mention: 0.02, reply: 0.1, duplicate: 0.05 } as const

/** Makes events one by one. `live` are threads whose mention was acknowledged. The order is the same for each seed. */
export function createEnvelopes(place: Workplace, random: () => number) {
  let counter = 0
  let mentioned = 0
  const next = (): number => {
    counter += 1
    return counter
  }
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const envelope = (event: Record<string, unknown>): string =>
    JSON.stringify({
      ...{ type: 'event_callback', token: 'bench', team_id: place.teamId, api_app_id: place.appId },
      ...{ event_id: `Ev${next()}`, event_time: Math.floor(Date.now() / 1_000) },
      authorizations: [
        {
          enterprise_id: null,
          team_id: place.teamId,
          user_id: place.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      ...{ is_ext_shared_channel: false, event },
    })
  const said = (text: string) => {
    const ts = `${Math.floor(Date.now() / 1_000)}.${String(next()).padStart(6, '0')}`
    return {
      user: pick(place.users),
      text,
      ts,
      event_ts: ts,
      team: place.teamId,
      channel: pick(place.channels),
    }
  }

  return {
    /** One mention, as the two events that Slack makes of it. */
    mention(): { thread: { channel: string; ts: string }; sent: Sent[] } {
      const root = place.roots[mentioned % place.roots.length]
      mentioned += 1
      if (!root) throw new Error('nobody calls the bot')
      const message = { ...root, event_ts: root.ts, team: place.teamId }
      const asMessage = envelope({ type: 'message', channel_type: 'channel', ...message })
      return {
        thread: { channel: message.channel, ts: message.ts },
        sent: [
          { kind: 'mention', body: envelope({ type: 'app_mention', ...message }), retry: false },
          { kind: 'mention_as_message', body: asMessage, retry: false },
        ],
      }
    },
    reply(thread: { channel: string; ts: string }): Sent {
      const message = {
        ...said('And leave out the trial users, please.'),
        channel: thread.channel,
        thread_ts: thread.ts,
      }
      const body = envelope({ type: 'message', channel_type: 'channel', ...message })
      return { kind: 'reply', body, retry: false }
    },
    /** What people say to each other: at top level, or in threads of theirs. */
    chatter(): Sent {
      const message = said('Has anybody seen the numbers of last week?')
      const inThread =
        random() < 0.4
          ? { thread_ts: `1700000000.${String(Math.floor(random() * 1e6)).padStart(6, '0')}` }
          : {}
      return {
        kind: 'chatter',
        body: envelope({ type: 'message', channel_type: 'channel', ...message, ...inThread }),
        retry: false,
      }
    },
  }
}

/** The headers of a request as Slack signs it. */
export function signed(place: Workplace, { body, retry }: Sent): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', place.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  return {
    'content-type': 'application/json',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${mac}`,
    ...(retry ? { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' } : {}),
  }
}
