import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// A process of its own: a server that speaks the Responses API, takes `ms` for every call, and asks for one tool call a
// step until the last of `steps`. It looks at the request no closer than it must, so that its work is not measured.

const [ms = 50, steps = 5] = process.argv.slice(2).map(Number)
const usage = {
  input_tokens: 4_900,
  input_tokens_details: { cached_tokens: 4_000, cache_write_tokens: 0 },
  output_tokens: 120,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 5_020,
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('latin1')
  const done = body.split('"function_call_output"').length - 1
  if (ms > 0) await sleep(ms)
  const reviews = body.includes('"submit_review"')
  const calls = reviews || (done + 1 < steps && !body.includes('The tasks below have ended'))
  const item = calls
    ? {
        type: 'function_call',
        id: 'fc',
        call_id: `call-${done}`,
        name: reviews ? 'submit_review' : 'list',
        arguments: reviews ? '{"ok":true}' : '{}',
        status: 'completed',
      }
    : {
        type: 'message',
        id: 'msg',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'This part is done.', annotations: [] }],
      }
  const whole = {
    id: 'resp',
    object: 'response',
    model: 'simulated',
    status: 'completed',
    output: [item],
    usage,
  }
  const events = [
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ]
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
