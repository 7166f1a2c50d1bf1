/** A message that another message points at. */
export interface Permalink {
  channel: string
  ts: string
  /** The root of its thread, where the link names one. */
  threadTs: string | undefined
  url: string
}

const shape =
  /^https:\/\/[a-z0-9-]+(?:\.enterprise)?\.slack\.com\/archives\/([CDG][A-Z0-9]{2,30})\/p(\d{10})(\d{6})(?:\?(\S*))?$/

/** The messages that words point at, each once, where nothing but the words is left of a message. */
export function permalinksIn(text: string): Permalink[] {
  const found = new Map<string, Permalink>()
  for (const [url] of text.matchAll(/https:\/\/[^\s<>()|"]+/g)) {
    const link = permalinkOf(url.replace(/[.,;:!?'\]]+$/, ''))
    if (link) found.set(`${link.channel}:${link.ts}`, link)
  }
  return [...found.values()]
}

/** What a link to a message of Slack names; `undefined` for any other address. */
export function permalinkOf(url: string): Permalink | undefined {
  const [, channel, seconds, micros, query] = shape.exec(url) ?? []
  if (!channel) return undefined
  const thread = new URLSearchParams(query ?? '').get('thread_ts') ?? undefined
  const threadTs = thread && /^\d{10}\.\d{6}$/.test(thread) ? thread : undefined
  return { channel, ts: `${seconds}.${micros}`, threadTs, url }
}
