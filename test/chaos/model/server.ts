import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { marksIn } from '../marks.ts'
import { chanceOf } from '../random.ts'
import type { Asked } from './asked.ts'
import { decide } from './decide.ts'
import { type Fault, faultOf, spoil } from './faults.ts'
import type { Wire } from './wires.ts'

export interface ChaosModel {
  origin: string
  /** How many calls came in, and how many of them met which fault. */
  calls(): number
  /** How many calls it has not yet answered. */
  open(): number
  faults(): ReadonlyMap<Fault | 'silent', number>
  /** What was wrong with calls themselves: bodies that the provider refuses, and marks of several jobs in one. */
  wrong(): readonly string[]
  /** Whether it takes connections. A silent one cuts those that there are. */
  silence(silent: boolean): void
  close(): Promise<void>
}

/** A provider on loopback that answers as its own model would, and does to the calls what the seed says. */
export async function startChaosModel(input: { wire: Wire; seed: string }): Promise<ChaosModel> {
  const { seed, wire } = input
  const faults = new Map<Fault | 'silent', number>()
  const attempts = new Map<string, number>()
  const wrong = new Set<string>()
  const sockets = new Set<Socket>()
  let calls = 0
  let open = 0
  let silent = false

  const count = (fault: Fault | 'silent') => faults.set(fault, (faults.get(fault) ?? 0) + 1)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: unknown = JSON.parse(await textOf(request))
    calls += 1
    const refusal = request.url === wire.path ? wire.refusal(body) : `no such path: ${request.url}`
    if (refusal !== undefined) {
      wrong.add(`${wire.name} would refuse a call: ${refusal}`)
      return send(response, 400, wire.error('invalid_request_error'))
    }
    const asked = wire.read(body)
    const marks = marksIn(JSON.stringify(body))
    if (marks.length !== 1)
      wrong.add(`a call to ${wire.name} had the marks ${marks.join(', ') || 'of no job'}`)
    const key = keyOf(asked)
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    const fault = faultOf({ seed: `${seed} ${wire.name}`, asked, attempt })
    if (fault) count(fault)
    const roll = chanceOf(seed, 'usage', key)
    await sleep(40 + 400 * roll + (fault === 'slow' ? 3_000 : 0))
    if (!refuse(response, fault)) {
      const events = wire.events(spoil(decide(asked), fault), {
        model: (body as { model: string }).model,
        callId: `call_${createHash('sha256').update(`${key} ${attempt}`).digest('hex').slice(0, 24)}`,
        usage: { input: 500 + Math.round(4_000 * roll), output: 50 + Math.round(400 * roll) },
      })
      await stream(response, events, fault === 'cut mid-stream')
    }
  }

  /** Whether the fault is an answer in itself. */
  const refuse = (response: ServerResponse, fault: Fault | undefined): boolean => {
    if (fault === 'connection reset') response.socket?.resetAndDestroy()
    else if (fault === 'rate limit with a time')
      send(response, 429, wire.error('rate_limit_error'), { 'retry-after': '1' })
    else if (fault === 'rate limit without') send(response, 429, wire.error('rate_limit_error'))
    else if (fault === 'overloaded') send(response, wire.overloaded, wire.error('overloaded_error'))
    else if (fault === 'server error') send(response, 500, wire.error('api_error'))
    else return false
    return true
  }

  const server = createServer((request, response) => {
    open += 1
    response.on('close', () => {
      open -= 1
    })
    answer(request, response).catch((thrown: unknown) => {
      if (!response.destroyed && !request.destroyed)
        wrong.add(`the model server itself failed: ${String(thrown)}`)
      response.destroy()
    })
  })
  server.on('connection', (socket) => {
    if (silent) {
      count('silent')
      return void socket.resetAndDestroy()
    }
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    calls: () => calls,
    open: () => open,
    faults: () => faults,
    wrong: () => [...wrong],
    silence(now) {
      silent = now
      if (now) for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Which step of which task a call is for. */
function keyOf({ assignment, brief, purpose, turns }: Asked): string {
  return [brief, purpose, assignment.task?.key ?? '', turns].join('\n')
}

async function stream(response: ServerResponse, events: readonly string[], cut: boolean): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  const sent = cut ? events.slice(0, Math.ceil(events.length / 2)) : events
  await new Promise<unknown>((resolve) => response.write(sent.join(''), resolve))
  if (cut) response.destroy()
  else response.end()
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
