import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Sealer } from '../../core/ports.ts'
import { damaged } from './frames.ts'

/** Stands in the open at the beginning of a dump: what somebody needs to know before there is a key. */
const header = z.object({
  loom: z.literal('dump'),
  version: z.literal(1),
  /** Whose key it is sealed under. */
  dumpId: z.uuid(),
  createdAt: z.iso.datetime(),
  schema: z.object({ migrations: z.int().positive(), hash: z.string() }),
})
export type DumpHeader = z.infer<typeof header>

const pieceBytes = 1024 * 1024
const mostHeaderBytes = 4_096

/**
 * The header's line, then pieces of up to a mebibyte, each with its length before it and sealed with its place: none can
 * be left out, moved, or brought from another dump, and the last one says that it is the last.
 */
export async function* sealStream(
  input: { head: DumpHeader; sealer: Sealer },
  plain: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const line = Buffer.from(`${JSON.stringify(input.head)}\n`)
  yield line
  const label = labelsOf(line)
  let index = 0
  let held: Buffer[] = []
  let size = 0
  const seal = (bytes: Buffer, isLast: boolean): Buffer => {
    const sealed = input.sealer.seal(label(index, isLast), bytes)
    index += 1
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    return Buffer.concat([length, sealed])
  }
  for await (const chunk of plain) {
    held.push(chunk)
    size += chunk.length
    if (size <= pieceBytes) continue
    const whole = Buffer.concat(held)
    let at = 0
    for (; whole.length - at > pieceBytes; at += pieceBytes)
      yield seal(whole.subarray(at, at + pieceBytes), false)
    held = [whole.subarray(at)]
    size = whole.length - at
  }
  yield seal(Buffer.concat(held), true)
}

/** Reads the header, asks for the key that it names, and gives the plain bytes. Throws `corrupt`, `not_found` without a key. */
export async function openStream(
  sealed: AsyncIterable<Buffer>,
  sealerOf: (head: DumpHeader) => Promise<Sealer>,
): Promise<{ head: DumpHeader; plain: AsyncGenerator<Buffer> }> {
  const reader = createReader(sealed)
  const line = await reader.line()
  const head = parseHeader(line)
  const sealer = await sealerOf(head)
  return { head, plain: openPieces(reader, { label: labelsOf(line), sealer }) }
}

/** The header alone. Throws `corrupt`. */
export async function readHeader(sealed: AsyncIterable<Buffer>): Promise<DumpHeader> {
  return parseHeader(await createReader(sealed).line())
}

async function* openPieces(
  reader: Reader,
  { label, sealer }: { label: ReturnType<typeof labelsOf>; sealer: Sealer },
): AsyncGenerator<Buffer> {
  let length = await reader.take(4)
  for (let index = 0; length; index += 1) {
    const bytes = length.readUInt32BE()
    if (bytes > 2 * pieceBytes) throw damaged('a piece of no size that was written')
    const sealed = await reader.take(bytes)
    if (!sealed) throw damaged('a piece is cut')
    length = await reader.take(4)
    yield sealer.open(label(index, length === undefined), sealed)
  }
}

function labelsOf(line: Buffer): (index: number, isLast: boolean) => string {
  const hash = createHash('sha256').update(line).digest('hex')
  return (index, isLast) => `dump:${hash}:${index}${isLast ? ':last' : ''}`
}

function parseHeader(line: Buffer): DumpHeader {
  const parsed = header.safeParse(parseJson(line.toString('utf8')))
  if (!parsed.success) throw damaged('header')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Reader {
  line(): Promise<Buffer>
  /** `undefined` at the very end; throws where it is cut. */
  take(bytes: number): Promise<Buffer | undefined>
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const chunks = source[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next()
    if (!done) held = Buffer.concat([held, value])
    return !done
  }
  const cut = (bytes: number): Buffer => {
    const taken = held.subarray(0, bytes)
    held = held.subarray(bytes)
    return taken
  }
  return {
    async line() {
      while (!held.includes(0x0a)) {
        if (held.length > mostHeaderBytes || !(await more())) throw damaged('header')
      }
      return cut(held.indexOf(0x0a) + 1)
    },
    async take(bytes) {
      while (held.length < bytes && (await more()));
      if (held.length === 0) return undefined
      if (held.length < bytes) throw damaged('it is cut')
      return cut(bytes)
    },
  }
}
