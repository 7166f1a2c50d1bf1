import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAnthropic } from '../../src/swarm/models/anthropic/index.ts'
import { type FakeReply, startAnthropic } from '../fakes/anthropic-server.ts'
import { openSwarm, type Swarm } from './swarm-bed.ts'

const tasks = 40

describe('two workers at a provider that takes ten requests a second', () => {
  let swarm: Swarm
  beforeAll(async () => {
    swarm = await openSwarm()
  })
  afterAll(() => swarm.close())

  test('bring a fan-out of forty to its end with next to no refusals', async () => {
    const plan = {
      title: 'Forty parts',
      tasks: Array.from({ length: tasks }, (_, index) => ({
        key: `part-${index}`,
        title: `Part ${index}`,
        objective: `Look at part ${index}`,
        needs: [],
      })),
    }
    const answer = (body: Record<string, unknown>): FakeReply => {
      const tools = JSON.stringify(body.tools ?? [])
      const calls = (name: string, input: object): FakeReply => ({
        content: [{ type: 'tool_use', id: name, name, json: JSON.stringify(input) }],
      })
      if (tools.includes('submit_plan')) return calls('submit_plan', plan)
      if (tools.includes('submit_review')) return calls('submit_review', { ok: true, faults: [] })
      return { content: [{ type: 'text', text: 'Done.' }] }
    }
    await using claude = await startAnthropic({
      script: Array.from({ length: tasks + 3 }, () => ({ answer })),
      limit: { requests: 600, left: 10 },
    })
    const port = createAnthropic({ apiKey: 'test-key', baseUrl: claude.origin })
    const model = Object.assign(port, { model: 'claude-haiku-5-5' })
    await swarm.work(model, { slots: 20 })
    await swarm.work(model, { slots: 20 })
    const person = await swarm.person()
    const jobId = await person.ask('Look at everything', { capMicroUsd: 100_000_000 })
    await person.answer(jobId)
    expect(await person.state(jobId)).toBe('done')
    // Of forty that want to go at once thirty would be refused, and again, if nobody shared what is known.
    expect(claude.limited()).toBeLessThanOrEqual(4)
    const rows = await swarm.bed.admin`select kind, capacity from loom_shared.provider_limits`
    expect(rows.map((row) => ({ ...row }))).toEqual([{ kind: 'requests', capacity: 570 }])
  })
})
