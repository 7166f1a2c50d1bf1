import { LoomError } from '../../core/errors.ts'

/** What a dump says, before it is compressed and sealed: a table, its rows as COPY writes them, and the end. */
export type Frame =
  | { kind: 'table'; table: string; columns: string[] }
  | { kind: 'rows'; rows: Buffer }
  | { kind: 'end'; counts: Record<string, number> }

const headBytes = 5
const rowsCode = 0x52
const jsonCode = 0x4a
const mostBytes = 64 * 1024 * 1024

/** One code byte, four of length, then the bytes. */
export function writeFrame(frame: Frame): Buffer {
  const body = frame.kind === 'rows' ? frame.rows : Buffer.from(JSON.stringify(frame))
  const head = Buffer.alloc(headBytes)
  head[0] = frame.kind === 'rows' ? rowsCode : jsonCode
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** The frames of a stream of bytes that were cut anywhere. Throws `corrupt` for one that ends before its end. */
export async function* readFrames(bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const pending = createPending()
  let ended = false
  for await (const chunk of bytes) {
    pending.add(chunk)
    for (let frame = takeFrame(pending); frame; frame = takeFrame(pending)) {
      ended = frame.kind === 'end'
      yield frame
    }
  }
  if (!ended || pending.length() > 0) throw damaged('it ends too early')
}

interface Pending {
  add(chunk: Buffer): void
  length(): number
  peek(bytes: number): Buffer
  take(bytes: number): Buffer
}

/** Bytes that wait for the rest of their frame: joined once, not at every chunk. */
function createPending(): Pending {
  let chunks: Buffer[] = []
  let total = 0
  const join = (): Buffer => {
    const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    chunks = [whole]
    return whole
  }
  return {
    add(chunk) {
      chunks.push(chunk)
      total += chunk.length
    },
    length: () => total,
    peek: (bytes) => join().subarray(0, bytes),
    take(bytes) {
      const whole = join()
      chunks = [whole.subarray(bytes)]
      total -= bytes
      return whole.subarray(0, bytes)
    },
  }
}

function takeFrame(pending: Pending): Frame | undefined {
  if (pending.length() < headBytes) return undefined
  const head = pending.peek(headBytes)
  const length = head.readUInt32BE(1)
  if (length > mostBytes) throw damaged('a frame of no size that was written')
  if (pending.length() < headBytes + length) return undefined
  const code = head[0]
  const body = pending.take(headBytes + length).subarray(headBytes)
  if (code === rowsCode) return { kind: 'rows', rows: body }
  if (code === jsonCode) return JSON.parse(body.toString('utf8')) as Frame
  throw damaged('an unknown frame')
}

export function damaged(why: string): LoomError {
  return new LoomError({
    kind: 'corrupt',
    message: 'This dump is damaged, or was not written by Loom. Nothing was restored.',
    detail: `dump: ${why}`,
  })
}
