/** What a message is to Loom. `order` steers, answers or begins; `context` is kept; `nothing` stays unread. */
export type Heard = 'order' | 'context' | 'nothing'

/** A message as far as the rule looks at it. */
export interface Said {
  author: 'person' | 'stranger' | 'bot' | 'loom'
  /** A direct message or the agent pane: everything in it is for Loom. */
  direct: boolean
  reply: boolean
  mentionsLoom: boolean
  beginsWithOther: boolean
  /** For a bot: that the channel takes orders of bots. */
  botMayOrder: boolean
}

/** What Loom knows of the thread, where it was addressed in it before. */
export interface Known {
  live: boolean
  /** The author asked for the last job of it, and Loom's work began the thread. */
  ownThread: boolean
}

/**
 * Who is heard, and as what. Pure.
 *
 * - Loom itself: never. A person of another organisation, and a bot where the channel does not let it order: context.
 * - In a direct message everything a person says is an order.
 * - While a job runs, a reply is an order, unless it begins with the mention of somebody else.
 * - After the end a reply that mentions Loom is one, and any reply of who asked in a thread that Loom's work began.
 * - Elsewhere only a mention is.
 */
export function hear(said: Said, known: Known | undefined): Heard {
  const overheard: Heard = known ? 'context' : 'nothing'
  if (said.author === 'loom') return 'nothing'
  if (said.author === 'stranger') return overheard
  if (said.author === 'bot') return said.botMayOrder && said.mentionsLoom ? 'order' : overheard
  if (known?.live && said.reply) return said.beginsWithOther ? 'context' : 'order'
  if (said.direct || said.mentionsLoom) return 'order'
  if (known?.ownThread && said.reply && !said.beginsWithOther) return 'order'
  return overheard
}
