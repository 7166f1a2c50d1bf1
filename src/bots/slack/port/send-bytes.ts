import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LoomError } from '../../../core/errors.ts'

const silenceMs = 60_000

/** Sends a stream of known length to the address that Slack gave for it. Answers the status of the reply. */
export async function sendBytes(input: { url: string; body: Readable; bytes: number }): Promise<number> {
  const { promise, reject, resolve } = Promise.withResolvers<number>()
  const url = new URL(input.url)
  const start = url.protocol === 'https:' ? overHttps : overHttp
  const request = start(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'content-length': input.bytes },
    timeout: silenceMs,
  })
  let refusal: number | undefined
  request.on('response', (response) => {
    response.resume()
    refusal = response.statusCode
    resolve(response.statusCode ?? 0)
  })
  request.on('timeout', () => request.destroy(new Error('silence')))
  request.on('error', reject)
  try {
    const [status] = await Promise.all([promise, pipeline(input.body, request)])
    return status
  } catch (cause) {
    // A refusal may come before everything was sent; then the rest of the stream is of no use.
    if (refusal !== undefined) return refusal
    throw new LoomError({
      kind: 'unavailable',
      message: 'A file could not be sent to Slack.',
      detail: 'upload broken off',
      cause,
    })
  }
}
