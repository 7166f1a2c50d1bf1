import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { ModelCallSeen, TaskTrace, Telemetry } from '../core/telemetry.ts'
import type { Meters } from './meters.ts'

/**
 * A span `invoke_agent` for each run of a task, with `chat` and `execute_tool` below it. All of a job's are of one trace,
 * whose id is the job's, so that the spans of several workers, and of a job that was resumed, stand together.
 */
export function createSpans(deps: {
  tracer: Tracer
  meters: Meters
  startTraceOf: (jobId: string) => void
}): Telemetry['task'] {
  const { meters, startTraceOf, tracer } = deps
  return ({ jobId, kind, taskId, tenantId }): TaskTrace => {
    startTraceOf(jobId)
    const conversation = { 'gen_ai.conversation.id': jobId }
    const span = tracer.startSpan(
      `invoke_agent ${kind}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          ...conversation,
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.provider.name': 'loom',
          'gen_ai.agent.id': taskId,
          'gen_ai.agent.name': kind,
          'loom.tenant.id': tenantId,
        },
      },
      ROOT_CONTEXT,
    )
    const below = trace.setSpan(ROOT_CONTEXT, span)
    const add = (child: {
      name: string
      kind: SpanKind
      attributes: Attributes
      startedAtMs: number
      endedAtMs: number
      error: string | undefined
    }) => {
      const { endedAtMs, error, kind: spanKind, name, startedAtMs } = child
      const attributes = { ...conversation, ...child.attributes, ...(error ? { 'error.type': error } : {}) }
      const made = tracer.startSpan(name, { kind: spanKind, attributes, startTime: startedAtMs }, below)
      if (error) made.setStatus({ code: SpanStatusCode.ERROR })
      made.end(endedAtMs)
    }
    return {
      called(call) {
        const attributes = chatAttributes(call)
        const error = 'error' in call.outcome ? call.outcome.error : undefined
        add({ ...call, name: `chat ${call.model}`, kind: SpanKind.CLIENT, attributes, error })
        meters.called(call)
      },
      ran(tool) {
        const attributes = {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': tool.name,
          'gen_ai.tool.type': 'function',
        }
        const error = tool.isError ? 'tool_error' : undefined
        add({ ...tool, name: `execute_tool ${tool.name}`, kind: SpanKind.INTERNAL, attributes, error })
      },
      happened({ name, ...about }) {
        span.addEvent(
          name,
          Object.fromEntries(Object.entries(about).map(([key, value]) => [`loom.${key}`, value])),
        )
      },
      ended(how) {
        if (typeof how === 'string') span.setAttribute('loom.task.ended', how)
        else {
          span.setAttribute('error.type', how.error)
          span.setStatus({ code: SpanStatusCode.ERROR })
        }
        span.end()
      },
    }
  }
}

/** Input counts what came from the cache and went into it, as the conventions have it. */
function chatAttributes({ maxOutputTokens, model, outcome, provider, purpose }: ModelCallSeen): Attributes {
  const asked = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.request.max_tokens': maxOutputTokens,
    'loom.purpose': purpose,
  }
  if ('error' in outcome) return asked
  const { model: answered, stop, usage } = outcome.reply
  return {
    ...asked,
    'gen_ai.response.model': answered,
    'gen_ai.response.finish_reasons': [stop],
    'gen_ai.usage.input_tokens': usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
  }
}
