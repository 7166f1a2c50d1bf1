import type { Peer } from '../../web-socket.ts'

export interface Dispatch {
  s: number
  t: string
  d: unknown
}

/** What Discord remembers of a client between two connections, and for a while after the last one. */
export interface Session {
  id: string
  shard: number
  shards: number
  intents: number
  seq: number
  /** Everything that was sent or should have been, for a RESUME. */
  sent: Dispatch[]
  peer: Peer | undefined
  /** When the connection went, while there is none. */
  lostAtMs: number | undefined
  /** Held back: nothing goes out, and heartbeats are not answered. */
  silent: boolean
  /** What is still to be sent when it is no longer silent. */
  unsent: Dispatch[]
}

export function dispatch(session: Session, type: string, data: unknown): void {
  session.seq += 1
  // An event shows what was true when it happened.
  const made = { s: session.seq, t: type, d: structuredClone(data) }
  session.sent.push(made)
  if (session.silent) session.unsent.push(made)
  else session.peer?.send(JSON.stringify({ op: 0, ...made }))
}

export function flush(session: Session): void {
  session.silent = false
  for (const made of session.unsent.splice(0)) session.peer?.send(JSON.stringify({ op: 0, ...made }))
}
