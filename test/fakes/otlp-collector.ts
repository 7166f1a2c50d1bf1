import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  doubleValue: z.number().optional(),
  arrayValue: z.looseObject({ values: z.array(z.looseObject({ stringValue: z.string() })) }).optional(),
})
const attributes = z
  .array(z.strictObject({ key: z.string(), value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map((item) => [item.key, plain(item.value)])))
const span = z.looseObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  events: z.array(z.looseObject({ name: z.string(), attributes })).default([]),
})
const traces = z.looseObject({
  resourceSpans: z.array(z.looseObject({ scopeSpans: z.array(z.looseObject({ spans: z.array(span) })) })),
})
const point = z.looseObject({ attributes, count: z.union([z.number(), z.string()]), sum: z.number() })
const metrics = z.looseObject({
  resourceMetrics: z.array(
    z.looseObject({
      scopeMetrics: z.array(
        z.looseObject({
          metrics: z.array(
            z.looseObject({
              name: z.string(),
              histogram: z.looseObject({ dataPoints: z.array(point) }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
})

export type SeenSpan = z.infer<typeof span>
type Metric = { name: string; points: z.infer<typeof point>[] }

function plain(found: z.infer<typeof value>): unknown {
  if (found.arrayValue) return found.arrayValue.values.map((item) => item.stringValue)
  return (
    found.stringValue ?? found.doubleValue ?? (found.intValue === undefined ? true : Number(found.intValue))
  )
}

/** A collector on loopback that takes OTLP/HTTP in JSON, as the specification has it, or refuses everything. */
export async function startCollector(options: { status?: number; silent?: boolean } = {}) {
  const { silent = false, status = 200 } = options
  const seen = {
    spans: [] as SeenSpan[],
    metrics: [] as Metric[],
    bodies: [] as string[],
    faults: [] as string[],
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    seen.bodies.push(body)
    if (silent) return
    try {
      if (request.url === '/v1/traces') {
        const { resourceSpans } = traces.parse(JSON.parse(body))
        seen.spans.push(
          ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
        )
      } else if (request.url === '/v1/metrics') {
        const all = metrics.parse(JSON.parse(body)).resourceMetrics.flatMap((item) => item.scopeMetrics)
        for (const { histogram, name } of all.flatMap((scope) => scope.metrics)) {
          seen.metrics.push({ name, points: histogram?.dataPoints ?? [] })
        }
      } else seen.faults.push(`no such path: ${request.url}`)
    } catch (thrown) {
      seen.faults.push(String(thrown))
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...seen,
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (seen.faults.length > 0) throw new Error(`The fake collector: ${seen.faults.join('; ')}`)
    },
  }
}
