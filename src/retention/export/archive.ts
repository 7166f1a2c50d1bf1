import { createHash } from 'node:crypto'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'

/** A file of the ZIP as the manifest names it. */
export interface Named {
  path: string
  sha256: string
  bytes: number
  mediaType: string
  /** What it is, in one line for a person. */
  what: string
}

interface Adding {
  path: string
  mediaType: string
  what: string
}

export interface Archive {
  /** The ZIP itself, read while it is being made. It fails with whatever the making failed with. */
  body: Readable
  /** How much of it was read by now. */
  bytes(): number
  /** Takes one file after the other, each read to its end before the next is begun. What is too slow to be read slows it. */
  add(file: Adding, body: Readable | AsyncIterable<string | Uint8Array>): Promise<void>
  files(): readonly Named[]
  /** Adds the manifest, which names all others, and ends the ZIP. */
  close(manifest: string): Promise<void>
  /** Ends it as broken, so that whoever stores it stores nothing. */
  fail(thrown: unknown): void
}

/** A ZIP that is written as it is read: in memory is what is on its way, and a line for each file. */
export function createArchive(): Archive {
  const zip = new ZipFile()
  let count = 0
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count += chunk.byteLength
      done(null, chunk)
    },
  })
  const files: Named[] = []
  const fail = (thrown: unknown): void => {
    body.destroy(thrown instanceof Error ? thrown : new Error('the export broke off'))
  }
  // A file that breaks off is told to whoever adds it, too; what nobody listens to would end the process.
  zip.on('error', fail)
  body.on('error', () => undefined)
  zip.outputStream.on('error', fail)
  zip.outputStream.pipe(body)

  const put = async (path: string, source: Readable | AsyncIterable<string | Uint8Array>) => {
    const hash = createHash('sha256')
    let bytes = 0
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk)
        bytes += chunk.byteLength
        done(null, chunk)
      },
    })
    const given = source instanceof Readable ? source : Readable.from(source, { objectMode: false })
    zip.addReadStream(measure, path, { mtime: new Date(0) })
    // Whoever reads the ZIP may go away: then nothing would ever read this file to its end.
    const gone = new AbortController()
    const left = () => gone.abort()
    body.once('close', left)
    try {
      if (body.destroyed) left()
      await pipeline(given, measure, { signal: gone.signal })
    } finally {
      body.off('close', left)
    }
    return { sha256: hash.digest('hex'), bytes }
  }

  return {
    body,
    bytes: () => count,
    async add({ mediaType, path, what }, source) {
      files.push({ path, ...(await put(path, source)), mediaType, what })
    },
    files: () => files,
    async close(manifest) {
      await put('manifest.json', Readable.from([Buffer.from(manifest)], { objectMode: false }))
      zip.end()
    },
    fail,
  }
}
