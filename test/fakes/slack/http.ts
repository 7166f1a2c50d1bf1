import type { IncomingMessage, ServerResponse } from 'node:http'
import { visibleFile } from './api/files.ts'
import { teamsOf } from './api/places.ts'
import type { World } from './world.ts'

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** The arguments of a call, however they were sent; the token among them or in the header. */
export async function argumentsOf(request: IncomingMessage, url: URL) {
  const body = await bodyOf(request)
  const kind = request.headers['content-type'] ?? ''
  const given: Record<string, unknown> = Object.fromEntries(url.searchParams)
  if (kind.startsWith('application/json')) Object.assign(given, JSON.parse(body.toString() || '{}'))
  else Object.assign(given, Object.fromEntries(new URLSearchParams(body.toString())))
  const { token, ...rest } = given
  const header = request.headers.authorization
  return {
    given: rest,
    token: header?.replace(/^Bearer /, '') ?? (token === undefined ? undefined : String(token)),
  }
}

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain' : 'application/json; charset=utf-8'
  response.writeHead(status, { 'content-type': type, ...headers }).end(text)
}

/** `/upload/v1/<ticket>`: takes the bytes, as they are or as a part of a form; they must be as many as was said. */
export async function takeUpload(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  ticket: string,
) {
  const upload = world.uploads.get(ticket)
  const bytes = partOf(await bodyOf(request), request.headers['content-type'] ?? '')
  if (!upload || upload.done) return send(response, 404, 'no such upload')
  if (bytes.length !== upload.length) return send(response, 400, 'another length than was said')
  upload.file.bytes = bytes
  upload.done = true
  send(response, 200, `OK - ${bytes.length}`)
}

function partOf(body: Buffer, kind: string): Buffer {
  const boundary = /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^;]+))/.exec(kind)
  if (!boundary) return body
  const start = body.indexOf('\r\n\r\n') + 4
  const end = body.indexOf(`\r\n--${boundary[1] ?? boundary[2]}`, start)
  return body.subarray(start, end < 0 ? undefined : end)
}

/** `/files-pri/<team>-<file>/…`: without a good token Slack shows its sign-in page, with a status of 200. */
export function giveFile(world: World, request: IncomingMessage, response: ServerResponse, place: string) {
  const [teamId = '', fileId = ''] = place.split('-')
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  const install = world.installs.get(token)
  const team = world.teams.get(teamId)
  const mayRead = install?.state === 'live' && install.scopes.includes('files:read') && team
  if (!mayRead || !teamsOf(world, install).includes(team)) {
    return response.writeHead(302, { location: `${world.origin}/?redir=%2Ffiles-pri%2F${place}` }).end()
  }
  const file = visibleFile({ world, install, team, token, warnings: [] }, fileId)
  if (!file || file.deleted) return send(response, 404, 'File not found')
  return response
    .writeHead(200, { 'content-type': file.mimetype, 'content-length': String(file.bytes.length) })
    .end(file.bytes)
}

export function signInPage(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(
    '<!DOCTYPE html><html><title>Sign in | Slack</title><body>Sign in to your workspace</body></html>',
  )
}
