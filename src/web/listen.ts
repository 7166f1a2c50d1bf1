import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { LoomError } from '../core/errors.ts'

export interface Listening {
  port: number
  /** Takes no new connection; open ones get `boundMs` to end. */
  close(input: { boundMs: number }): Promise<void>
}

/** Serves the app on a port of every address of this machine; 0 picks a free one. Throws `unavailable` when it is taken. */
export async function listen(app: Hono, input: { port: number }): Promise<Listening> {
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, port: input.port })
    starting.once('listening', () => resolve(starting))
    starting.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(input.port, cause)))
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : input.port,
    async close({ boundMs }) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), boundMs)
      if ('closeIdleConnections' in server) server.closeIdleConnections()
      await closed
      clearTimeout(cut)
    },
  }
}

function cannotListen(port: number, cause: NodeJS.ErrnoException): LoomError {
  const why =
    cause.code === 'EADDRINUSE' ? 'something else listens there' : 'this account may not listen there'
  return new LoomError({
    kind: 'unavailable',
    message: `Loom cannot listen on port ${port}: ${why}. Set PORT to another.`,
    detail: cause.code,
    retryable: false,
    cause,
  })
}
