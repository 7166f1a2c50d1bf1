import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { accept, type Peer } from '../../web-socket.ts'
import type { World } from '../world.ts'
import type { Front, Reply, Sent } from './transport.ts'

export interface SocketMode {
  isOpen(): boolean
  connections(): number
  /** Slack renews connections now and then: the client is told to come again. */
  refresh(): void
  /** All connections break without a word. */
  cut(): void
  send(sent: Sent, ackWithinMs: number): Promise<Reply>
}

const kinds: Record<Front, string> = {
  events: 'events_api',
  interactivity: 'interactive',
  commands: 'slash_commands',
}

/** Slack's side of Socket Mode. Each payload goes to one connection; no acknowledgement in time is a failure. */
export function startSocketMode(world: () => World) {
  const peers: Peer[] = []
  const waiting = new Map<string, (payload: unknown) => void>()
  let turn = 0

  const socket: SocketMode = {
    isOpen: () => peers.length > 0,
    connections: () => peers.length,
    refresh: () => {
      for (const peer of [...peers]) {
        peer.send(
          JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'test' } }),
        )
      }
    },
    cut: () => {
      for (const peer of peers.splice(0)) peer.destroy()
    },
    send: (sent, ackWithinMs) =>
      new Promise((resolve) => {
        turn += 1
        const id = randomUUID()
        const timer = setTimeout(() => {
          waiting.delete(id)
          resolve({ status: 0, body: '', headers: undefined })
        }, ackWithinMs)
        waiting.set(id, (payload) => {
          clearTimeout(timer)
          const isEmpty = typeof payload === 'object' && payload !== null && Object.keys(payload).length === 0
          resolve({ status: 200, body: isEmpty ? '' : JSON.stringify(payload), headers: undefined })
        })
        peers[turn % peers.length]?.send(
          JSON.stringify({
            envelope_id: id,
            type: kinds[sent.front],
            payload: sent.payload,
            accepts_response_payload: sent.front !== 'events',
            ...(sent.front === 'events'
              ? { retry_attempt: sent.retry?.num ?? 0, retry_reason: sent.retry?.reason ?? '' }
              : {}),
          }),
        )
      }),
  }

  return {
    socket,
    upgrade: (request: IncomingMessage, stream: Duplex) => {
      const key = request.headers['sec-websocket-key']
      if (!key || !request.url?.startsWith('/link/?ticket=')) return stream.destroy()
      const peer: Peer = accept(stream, key, {
        text: (text) => {
          const said = JSON.parse(text) as { envelope_id?: string; payload?: unknown }
          const id = said.envelope_id ?? ''
          waiting.get(id)?.(said.payload ?? {})
          waiting.delete(id)
        },
        end: () => {
          const at = peers.indexOf(peer)
          if (at >= 0) peers.splice(at, 1)
        },
      })
      peers.push(peer)
      return peer.send(
        JSON.stringify({
          type: 'hello',
          num_connections: peers.length,
          connection_info: { app_id: world().app.id },
          debug_info: { host: 'test', approximate_connection_time: 18_060 },
        }),
      )
    },
  }
}
