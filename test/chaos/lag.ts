import { once } from 'node:events'
import net from 'node:net'

/** Stands between a client and a server like a gate, and makes every byte wait. */
export interface Lag {
  port: number
  /** How long whatever is sent from now on waits, in each direction; 0 for not at all. */
  delay(ms: number): void
  close(): Promise<void>
}

export async function openLag(target: { host: string; port: number }): Promise<Lag> {
  const sockets = new Set<net.Socket>()
  let delayMs = 0
  const server = net.createServer((near) => {
    const far = net.connect(target)
    connect(near, far)
    connect(far, near)
  })
  const connect = (from: net.Socket, to: net.Socket) => {
    // What is sent later never overtakes what was sent before, also when the delay became shorter.
    let freeAtMs = 0
    let waiting = Promise.resolve()
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) => {
      freeAtMs = Math.max(freeAtMs, performance.now() + delayMs)
      const waitMs = freeAtMs - performance.now()
      waiting = waiting.then(async () => {
        if (waitMs > 1)
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, freeAtMs - performance.now())))
        if (!to.destroyed) to.write(bytes)
      })
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  return {
    port,
    delay(ms) {
      delayMs = ms
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
