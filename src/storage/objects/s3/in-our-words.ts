import { PassThrough, pipeline, type Readable } from 'node:stream'
import { fromS3 } from './s3-errors.ts'

/**
 * The same body, whose errors are `LoomError`s. Destroying it lets the connection go, read or not: one that is kept
 * would be lost to the store. An error that comes before anybody reads waits for the reader.
 */
export function inOurWords(body: Readable): Readable {
  const told = new PassThrough()
  told.on('error', () => undefined)
  body.once('error', (thrown) => {
    const error = fromS3(thrown)
    told.destroy(error instanceof Error ? error : thrown)
  })
  pipeline(body, told, () => undefined)
  return told
}
