import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ModelPort, ModelReply, ModelRequest, Part } from '../../src/core/model.ts'
import { assignmentOf, call, openSwarm, plan, type Swarm, say } from './swarm-bed.ts'

describe('a swarm whose slots are all taken', () => {
  let swarm: Swarm
  beforeAll(async () => {
    swarm = await openSwarm()
  })
  afterAll(() => swarm.close())

  test('makes room between two steps for another tenant, whose job ends while none of the first one’s tasks has', async () => {
    const steps = 50
    const small = { begun: false, over: Promise.withResolvers<void>() }
    const asked: string[] = []
    const big = ['b1', 'b2', 'b3', 'b4', 'b5', 'b6']
    const keyOf = (request: ModelRequest) => assignmentOf(request.messages[0]).task?.key ?? ''
    const isSmall = ({ messages }: ModelRequest) => JSON.stringify(messages[0]).includes('a small thing')

    const answer = async (request: ModelRequest): Promise<{ parts: readonly Part[] }> => {
      if (isSmall(request)) small.begun = true
      if (request.purpose === 'plan') return isSmall(request) ? plan('s1', 's2', 's3') : plan(...big)
      if (request.purpose !== 'work' || isSmall(request)) return say('Done.')
      const done = (request.messages.length - 1) / 2
      asked.push(`${keyOf(request)} ${done}`)
      if (done === steps) return say('Done.')
      // From the moment that the other has begun no step ends here before the other has ended.
      await (small.begun ? small.over.promise : sleep(100))
      return { parts: [call('list', {})] }
    }
    const port: ModelPort = {
      provider: 'rehearsal',
      label: 'rehearsal',
      countTokens: () => 0,
      async call(request): Promise<ModelReply> {
        const { parts } = await answer(request)
        const stop = parts.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end'
        const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }
        return { provider: 'rehearsal', model: 'rehearsal', parts, stop, usage }
      },
    }
    await swarm.work(port, { slots: 2 })
    const [much, little] = [await swarm.person(), await swarm.person()]
    const bigJob = await much.ask('many things')
    await vi.waitUntil(() => new Set(asked.map((step) => step.split(' ')[0])).size === 2, { timeout: 20_000 })
    const smallJob = await little.ask('a small thing')
    await little.answer(smallJob)
    expect(await little.state(smallJob)).toBe('done')
    expect(asked.filter((step) => step.endsWith(` ${steps}`))).toEqual([])
    small.over.resolve()
    await much.answer(bigJob)
    expect(await much.state(bigJob)).toBe('done')
    // Handing back costs nothing that was paid for: every step was asked for once.
    expect(asked.length).toBe(new Set(asked).size)
    expect(asked).toHaveLength(big.length * (steps + 1))
  })
})
