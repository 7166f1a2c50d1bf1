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
  open(): Promise<void>
  close(): Promise<void>
}

export async function openGate(target: { host: string; port: number }): Promise<Gate> {
  const sockets = new Set<net.Socket>()
  let held = false
  const server = net.createServer((near) => {
    const far = net.connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => {
        if (!held) to.write(bytes)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
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
    async open() {
      if (held) cut()
      held = false
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    close: shut,
  }
}
