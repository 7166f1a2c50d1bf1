/** A message that another message points at. */
export interface MessageLink {
  guild: string
  channel: string
  message: string
  url: string
}

const shape =
  /https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(\d{15,21})\/(\d{15,21})\/(\d{15,21})(?!\d)/g

/** The messages of servers that words point at, each once. */
export function linksIn(text: string): MessageLink[] {
  const found = new Map<string, MessageLink>()
  for (const [url, guild = '', channel = '', message = ''] of text.matchAll(shape)) {
    if (!found.has(message)) found.set(message, { guild, channel, message, url })
  }
  return [...found.values()]
}
