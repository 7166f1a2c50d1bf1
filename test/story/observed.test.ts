import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { startCollector } from '../fakes/otlp-collector.ts'
import { documentOf, examples, expectExit, useProcesses } from './processes.ts'

describe('a brief from the terminal with a collector in the settings', () => {
  const processes = useProcesses()

  test('has sent its whole trace when the command ends, and no word of the brief', async () => {
    await using collector = await startCollector()
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = { DATABASE_URL: bed.url, OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/` }
    const words = ['Which quagga cancelled?', path.join(examples, 'churn-january.csv'), '--json']
    const ended = await processes.brief(words, { cwd, env }).ended
    expectExit(ended, 0)
    const { jobId, receipt } = documentOf(ended)
    const agents = collector.spans.filter((span) => span.name.startsWith('invoke_agent '))
    expect(agents.map((span) => span.traceId)).toEqual(agents.map(() => jobId.replaceAll('-', '')))
    expect(agents.length).toBeGreaterThan(1)
    const chats = collector.spans.filter((span) => span.name === 'chat rehearsal')
    expect(chats).toHaveLength(receipt.steps)
    expect(collector.bodies.join('\n')).not.toMatch(/quagga|churn|cancelled\?|January/i)
  })
})
