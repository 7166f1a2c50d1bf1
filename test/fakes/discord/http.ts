import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, refused } from './api/refusal.ts'
import { contentTypeOf, type Upload } from './check/files.ts'
import { signatureOf } from './wire/message.ts'
import type { World } from './world.ts'

/** All files of a request together. */
const mostBytes = 25 * 1024 * 1024

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const bytes = Buffer.concat(parts)
  if (bytes.length > mostBytes) throw refused('tooLarge')
  return bytes
}

/** A request's body as the API reads it: JSON, a form, or `payload_json` with its `files[n]`. */
export async function readBody(request: IncomingMessage): Promise<{ body: unknown; files: Upload[] }> {
  return readBytes(await bytesOf(request), request.headers['content-type'] ?? '')
}

export async function readBytes(bytes: Buffer, type: string): Promise<{ body: unknown; files: Upload[] }> {
  if (bytes.length === 0) return { body: undefined, files: [] }
  if (type.startsWith('multipart/form-data')) return readMultipart(bytes, type)
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { body: Object.fromEntries(new URLSearchParams(bytes.toString())), files: [] }
  }
  return { body: parse(bytes.toString()), files: [] }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused('badJson')
  }
}

async function readMultipart(bytes: Buffer, type: string) {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
  const body: Record<string, unknown> = {}
  const files: Upload[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      if (name === 'payload_json') Object.assign(body, parse(value))
      else body[name] = value
      continue
    }
    const index = /^files\[(\d+)\]$/.exec(name)?.[1]
    if (index === undefined) throw new Refusal(400, 0, '400: Bad Request')
    files.push({
      index,
      name: value.name,
      contentType: contentTypeOf(value.name, value.type),
      bytes: Buffer.from(await value.arrayBuffer()),
      description: undefined,
      title: undefined,
    })
  }
  return { body, files }
}

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (body === undefined) return void response.writeHead(status, headers).end()
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** The CDN: a file by its signed address, until that runs out or the message is gone. */
export function giveFile(world: World, response: ServerResponse, url: URL): void {
  const [, , channelId, id, name] = url.pathname.split('/')
  const file = world.attachments.get(id ?? '')
  const query = url.searchParams
  const untilMs = Number.parseInt(query.get('ex') ?? '0', 16) * 1000
  const isGood =
    file &&
    !file.deleted &&
    file.channelId === channelId &&
    encodeURIComponent(file.filename) === name &&
    untilMs > world.clock.now() &&
    query.get('hm') === signatureOf(world, url.pathname, query)
  if (!isGood) return void response.writeHead(404).end('This content is no longer available.')
  response
    .writeHead(200, { 'content-type': file.contentType, 'content-length': String(file.bytes.length) })
    .end(file.bytes)
}
