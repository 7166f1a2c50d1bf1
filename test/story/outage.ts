import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject } from 'vitest'
import { type FakeReply, startAnthropic } from '../fakes/anthropic-server.ts'
import { type Gate, openGate } from '../queue/gate.ts'
import { examples, expectExit, type Processes } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'

const usage = { input: 100, cacheRead: 0, cacheWrite: 0, output: 10 }
const says = (text: string): FakeReply => ({ content: [{ type: 'text', text }], usage })
const calls = (name: string, input: object): FakeReply => ({
  content: [{ type: 'tool_use', id: `toolu_${name}`, name, json: JSON.stringify(input) }],
  usage,
})

const plan = calls('submit_plan', {
  title: 'The prices',
  tasks: [
    { key: 'prices', title: 'Prices', objective: 'Name the cheapest plan.', files: ['inputs/pricing.json'] },
  ],
})

/** A database of this test behind a gate, and the machine's Redis behind another where there is one. */
async function gatesFor(
  databaseUrl: string,
  redisDatabase: number,
): Promise<{ env: Record<string, string>; gates: Gate[] }> {
  const database = new URL(databaseUrl)
  const gate = await openGate({ host: database.hostname, port: Number(database.port || 5432) })
  database.hostname = '127.0.0.1'
  database.port = String(gate.port)
  const redisUrl = inject('redisUrl')
  if (!redisUrl) return { env: { DATABASE_URL: database.href }, gates: [gate] }
  const redis = new URL(redisUrl)
  const second = await openGate({ host: redis.hostname, port: Number(redis.port || 6379) })
  redis.hostname = '127.0.0.1'
  redis.port = String(second.port)
  redis.pathname = `/${redisDatabase}`
  return { env: { DATABASE_URL: database.href, REDIS_URL: redis.href }, gates: [gate, second] }
}

/**
 * A brief whose database and queue go away while its agent waits for the model, for `awayMs`, and come back: the reply
 * that came meanwhile is kept and paid for once, the person reads what is going on, and the answer comes.
 */
export async function expectOutlived(
  processes: Processes,
  input: { awayMs: number; redisDatabase: number },
): Promise<void> {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const { env, gates } = await gatesFor(bed.url, input.redisDatabase)
  const asked = Promise.withResolvers<void>()
  const away = Promise.withResolvers<void>()
  await using claude = await startAnthropic({
    script: [
      { reply: plan },
      { hold: calls('read', { path: 'inputs/pricing.json' }), arrived: asked.resolve, until: away.promise },
      { reply: calls('write', { path: 'final/note.md', content: '# Solo\n' }) },
      { reply: says('Solo is the cheapest plan.') },
    ],
  })
  try {
    const running = processes.brief(['Which plan is the cheapest?', path.join(examples, 'pricing.json')], {
      cwd,
      env: { ...env, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin },
    })
    await asked.promise
    for (const gate of gates) await gate.shut()
    await running.says('The database does not answer. Nothing is lost; Loom goes on when it is back.')
    away.resolve()
    // The time without a database is what this test is about.
    await sleep(input.awayMs)
    for (const gate of gates) await gate.open()
    const ended = await running.ended
    expectExit(ended, 0)
    expect(ended.stdout).toContain('The database answers again. Loom goes on.')
    expect(ended.stdout).toContain('Solo is the cheapest plan.')
    expect(ended.stdout.split('The database does not answer')).toHaveLength(2)
    const rows = await rowsOf(bed.admin)
    expectEndedOnce(rows, { steps: 4 })
    expect(rows.artifacts).toHaveLength(1)
  } finally {
    for (const gate of gates) await gate.close()
  }
}
