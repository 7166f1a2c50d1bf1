import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { sendBytes } from '../../../src/bots/slack/port/send-bytes.ts'
import { failureOf } from './support/weather.ts'

async function openPlace(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('a refusal that comes before everything was sent is the answer, whatever becomes of the rest', async () => {
  const refused = Promise.withResolvers<void>()
  await using place = await openPlace((request, response) => {
    if (request.method === 'GET') response.end()
    else response.writeHead(413).end(() => refused.resolve())
  })
  async function* body() {
    yield Buffer.alloc(10)
    await refused.promise
    // Once this has come back, the refusal is here as well.
    await fetch(place.url)
    throw new Error('the store went away')
  }
  expect(await sendBytes({ url: place.url, body: Readable.from(body()), bytes: 100 })).toBe(413)
})

test('what breaks off without a word may be sent again', async () => {
  await using place = await openPlace((request) => request.socket.destroy())
  const sending = sendBytes({ url: place.url, body: Readable.from([Buffer.alloc(10)]), bytes: 10 })
  expect(await failureOf(sending)).toMatchObject({ kind: 'unavailable', retryable: true })
})
