import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Telemetry } from '../core/telemetry.ts'
import { createMeters } from './meters.ts'
import { createSpans } from './spans.ts'

const closeMs = 3_000
const exportMs = 5_000
/** More than a busy worker ends between two exports; what is beyond is dropped, never waited for. */
const maxQueueSize = 16_384

/**
 * Spans and metrics by the GenAI conventions of OpenTelemetry, sent over OTLP/HTTP to `<endpoint>/v1/traces` and
 * `/v1/metrics`. A collector that does not answer costs memory up to the queue's end, and nothing else. Headers and
 * other settings of the exporter come by its own variables (`OTEL_EXPORTER_OTLP_HEADERS`).
 */
export function openTelemetry(input: { endpoint: string }): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': 'loom' })
  const to = (path: string) => ({ url: `${input.endpoint}/${path}`, timeoutMillis: exportMs })
  const random = new RandomIdGenerator()
  let traceId = random.generateTraceId()
  const tracers = new TracerProvider({
    resource,
    // Asked for within `startSpan`, so the id that was set just before is the one that is taken.
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => random.generateSpanId() },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(to('v1/traces')), maxQueueSize }),
    ],
  })
  const meters = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(to('v1/metrics')) })],
  })
  return {
    task: createSpans({
      tracer: tracers.getTracer('loom'),
      meters: createMeters(meters.getMeter('loom')),
      startTraceOf: (jobId) => {
        traceId = jobId.replaceAll('-', '')
      },
    }),
    async close() {
      const sent = Promise.allSettled([tracers.shutdown(), meters.shutdown()])
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, closeMs)
      await Promise.race([sent, promise])
      clearTimeout(timer)
    },
  }
}
