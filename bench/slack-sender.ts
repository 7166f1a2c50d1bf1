import { createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

/** Sends signed events at an even rate, from a process of its own, and tells how each was acknowledged. */
interface Order {
  url: string
  secret: string
  perSecond: number
  seconds: number
  /** Roots of threads in which a job runs. */
  live: string[]
  /** Where the times of its messages begin, in seconds: each run has its own. */
  fromS: number
}

const share = { mention: 0.02, reply: 0.1, duplicate: 0.05 }

process.on('message', (order: Order) => {
  run(order).then(
    (told) => process.send?.(told, () => process.exit(0)),
    (thrown) => {
      process.stderr.write(`${thrown}\n`)
      process.exit(1)
    },
  )
})

async function run({ fromS, live, perSecond, seconds, secret, url }: Order) {
  const tookMs: number[] = []
  const sent = { mentions: 0, replies: 0, duplicates: 0, chatter: 0 }
  const again: string[] = []
  const underWay = new Set<Promise<void>>()
  let refused = 0
  const startedAtMs = performance.now()
  for (let at = 0; at < perSecond * seconds; at += 1) {
    const dueInMs = startedAtMs + (at * 1_000) / perSecond - performance.now()
    if (dueInMs > 1) await wait(dueInMs)
    const body = next(at)
    const work = post(body).finally(() => underWay.delete(work))
    underWay.add(work)
  }
  await Promise.all(underWay)
  tookMs.sort((one, other) => one - other)
  return { sent, refused, tookMs }

  function next(at: number): string {
    const dice = Math.random()
    const ts = `${fromS + at}.000100`
    if (dice < share.duplicate && again.length > 0) {
      sent.duplicates += 1
      return again[Math.floor(Math.random() * again.length)] ?? ''
    }
    const isMention = dice < share.duplicate + share.mention
    const isReply = !isMention && dice < share.duplicate + share.mention + share.reply
    sent[isMention ? 'mentions' : isReply ? 'replies' : 'chatter'] += 1
    const body = envelope(at, {
      ts,
      ...(isMention ? { type: 'app_mention', text: `<@ULOOM> compare the exports, ${at}` } : {}),
      ...(isReply ? { thread_ts: live[at % live.length], text: `and look at number ${at}` } : {}),
    })
    if (isMention || isReply) again.push(body)
    return body
  }

  async function post(body: string): Promise<void> {
    const sentAtS = Math.floor(Date.now() / 1_000)
    const signature = createHmac('sha256', secret).update(`v0:${sentAtS}:${body}`).digest('hex')
    const fromMs = performance.now()
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-slack-request-timestamp': String(sentAtS),
        'x-slack-signature': `v0=${signature}`,
      },
    })
    await response.arrayBuffer()
    tookMs.push(performance.now() - fromMs)
    if (response.status !== 200) refused += 1
  }
}

function envelope(at: number, event: object): string {
  const words = 'what people say to each other in a channel all day, '.repeat(3)
  const said = {
    type: 'message',
    channel: 'C0BENCH',
    channel_type: 'channel',
    user: `U${at % 40}PERSON`,
    text: words,
  }
  const elements = [{ type: 'rich_text_section', elements: [{ type: 'text', text: words }] }]
  const blocks = 'text' in event ? {} : { blocks: [{ type: 'rich_text', elements }] }
  return JSON.stringify({
    type: 'event_callback',
    team_id: 'T0BENCH',
    api_app_id: 'A0LOOM',
    event_id: `Ev${at}`,
    authorizations: [{ team_id: 'T0BENCH', user_id: 'ULOOM', is_bot: true, is_enterprise_install: false }],
    event: { ...said, ...blocks, ...event },
  })
}
