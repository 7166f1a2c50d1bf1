import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { askedCommands } from '../../src/cli/commands/asked.ts'
import type { Command } from '../../src/cli/commands/command.ts'
import { jobCommands } from '../../src/cli/commands/jobs.ts'
import type { Part } from '../../src/core/model.ts'
import type { Tool } from '../../src/core/workspace.ts'
import { openApprovals } from '../../src/storage/approvals/load.ts'
import { suspendJob } from '../../src/storage/jobs/suspend.ts'
import { openQuestions } from '../../src/storage/questions/load.ts'
import {
  call,
  lastResults,
  openSwarm,
  type Person,
  plan,
  type Swarm,
  say,
  scriptedModel,
} from '../swarm/swarm-bed.ts'

let swarm: Swarm
let person: Person

beforeEach(async () => {
  swarm = await openSwarm()
  person = await swarm.person()
})
afterEach(() => swarm.close())

/** `npm run loom -- name …words`, without the process around it. */
function loom(name: string, ...words: string[]): Promise<string> {
  const all: readonly Command[] = [...jobCommands, ...askedCommands]
  const command = all.find((candidate) => candidate.name === name)
  if (!command) throw new Error(`there is no command ${name}`)
  return command.run({ parts: swarm.parts, store: swarm.store, context: person.context }, words)
}

const drop: Tool = {
  spec: { name: 'drop', description: 'Deletes something.', inputSchema: { type: 'object' } },
  effect: 'outside',
  needsApproval: (input) => `Delete ${String((input as { table?: unknown }).table)}.`,
  async run() {
    return { content: [{ type: 'text', text: 'Deleted.' }], isError: false, activity: 'deleting' }
  },
}

/** A job whose agents have each made their call and wait for people. */
async function waiting(calls: Record<string, Part>) {
  const keys = Object.keys(calls)
  const reads = (request: Parameters<typeof lastResults>[0]) => say(lastResults(request)[0]?.text ?? '')
  const turns = Object.entries(calls).map(([key, part]) => [key, [{ parts: [part] }, reads]])
  const model = scriptedModel({
    plan: [plan(...keys)],
    ...Object.fromEntries(turns),
    ...(keys.length > 1 ? { synthesize: [say('All.')] } : {}),
  })
  await swarm.work(model, { tools: [drop] })
  const jobId = await person.ask('Find out.')
  const isSuspended = async () => (await person.state(jobId)) === 'suspended'
  await vi.waitUntil(isSuspended, { timeout: 20_000, interval: 10 })
  return jobId
}

const asks = (question: string) => call('ask_user', { question })
const drops = (table: string) => call('drop', { table })

describe('answer', () => {
  test('says what was answered, the oldest question first, and that nothing is asked any more', async () => {
    const jobId = await waiting({ one: asks('First?'), two: asks('Second?') })
    const questions = await openQuestions(swarm.store, person.context, { jobId })
    for (const { text } of questions) {
      expect(await loom('answer', jobId, 'in', 'blue')).toMatch(`${text}\nAnswered: in blue\nThe job goes on`)
    }
    expect((await person.answer(jobId)).outcome).toBe('done')
    expect(await loom('answer', jobId, 'x')).toBe('That was answered already; the first answer stands.')
  })

  test('says so when the job still rests at its cap', async () => {
    const jobId = await waiting({ one: asks('Which?') })
    await swarm.bed.admin`update loom.jobs set state = 'running', reason = null where id = ${jobId}`
    await suspendJob(swarm.store, person.context, { jobId, reason: 'cap' })
    expect(await loom('answer', jobId, 'x')).toContain('The job still rests at its cap')
    expect(await loom('cap', jobId, '9')).toContain('goes on')
    expect((await person.answer(jobId)).markdown).toBe('The person answered:\n\nx')
  })

  test('shows nothing that a terminal would act on', async () => {
    const jobId = await waiting({ one: asks('Which \u001b[31mone\u0007?') })
    expect(await loom('show', jobId)).not.toContain('\u001b')
    expect(await loom('answer', jobId, 'x')).toMatch('Which one?\nAnswered: x\n')
  })

  test('is also what say is while something is asked', async () => {
    const jobId = await waiting({ one: asks('Which?') })
    expect(await loom('say', jobId, 'the', 'left')).toBe('Said, as the answer to what was asked.')
    expect((await person.answer(jobId)).markdown).toBe('The person answered:\n\nthe left')
  })
})

describe('approve and deny', () => {
  test('decide what a job waits for, by the job', async () => {
    const jobId = await waiting({ one: drops('churn') })
    expect(await loom('show', jobId)).toContain('Task one needs your approval: Delete churn.')
    expect(await loom('approve', jobId)).toMatch(/^Approved\. The job goes on/)
    expect((await person.answer(jobId)).markdown).toBe('Deleted.')
    expect(await loom('approve', jobId)).toBe('The job waits for no approval now.')
  })

  test('want to know which one where there are several', async () => {
    const jobId = await waiting({ one: drops('a'), two: drops('b') })
    await expect(loom('deny', jobId)).rejects.toMatchObject({
      message: 'The job waits for several approvals. Name one by its id, as npm run loom -- show prints it.',
    })
    const [first, second] = await openApprovals(swarm.store, person.context, { jobId })
    expect(await loom('show', jobId)).toContain(`npm run loom -- approve ${first?.approvalId}`)
    expect(await loom('deny', first?.approvalId ?? '')).toMatch(/^Denied\./)
    expect(await loom('approve', first?.approvalId ?? '')).toBe('That was denied already.')
    expect(await loom('approve', second?.approvalId ?? '')).toMatch(/^Approved\./)
    expect((await person.answer(jobId)).outcome).toBe('done')
  })

  test('know an id that is nobody’s', async () => {
    await expect(loom('approve', '00000000-0000-7000-8000-000000000001')).rejects.toMatchObject({
      kind: 'not_found',
    })
    await expect(loom('answer', '00000000-0000-7000-8000-000000000001', 'x')).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})
