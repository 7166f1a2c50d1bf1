import { once } from 'node:events'
import net from 'node:net'

/**
 * Stands between a client and a real server, so that a test can take the server away and bring it back at the same
 * address: `shut` cuts and refuses, `hold` keeps connections and lets nothing through, `open` lets all through.
 */
export interface Gate {
  port: number
  shut(): Promise<void>
  /** Cuts what is connected; new connections are welcome. */
  cut(): void
  hold(): void
  /** Keeps what is connected and lets nothing through it any more, as a machine that is gone; others are welcome. */
  mute(): void
  open(): Promise<void>
  /** Where new connections lead from now on, as a name does that was moved; what is connected stays. */
  aim(target: { host: string; port: number }): void
  close(): Promise<void>
}

export async function openGate(target: { host: string; port: number }): Promise<Gate> {
  const sockets = new Set<net.Socket>()
  const muted = new WeakSet<net.Socket>()
  let held = false
  let aimed = target
  const server = net.createServer((near) => {
    const far = net.connect(aimed)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => {
        if (!held && !muted.has(from)) to.write(bytes)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        // The near side of a machine that is gone hears nothing of its end; the far side hears of ours.
        if (from === near || !muted.has(from)) to.destroy()
      })
    }
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  const shut = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    cut()
    await once(server, 'close')
  }
  return {
    port,
    shut,
    cut,
    hold() {
      held = true
    },
    mute() {
      for (const socket of sockets) muted.add(socket)
    },
    async open() {
      if (held) cut()
      held = false
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    aim(target) {
      aimed = target
    },
    close: shut,
  }
}
