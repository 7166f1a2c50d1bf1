import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ModelRequest } from '../../src/core/model.ts'
import type { Tool } from '../../src/core/workspace.ts'
import { createRehearsal } from '../../src/swarm/models/rehearsal/index.ts'
import { call, lastResults, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { examples } from './processes.ts'
import type { OpenStage, Seen, StagedFile, StageThread } from './stage.ts'

const isAnswer = (message: Seen) => message.buttons.includes('Helpful')
const isCard = (message: Seen) => message.buttons.includes('Stop')

/** Waits until a message stands in a thread, and gives it as it reads then. */
async function comes(thread: StageThread, like: (message: Seen) => boolean): Promise<Seen> {
  const found = () => thread.reads().find(like)
  await vi
    .waitUntil(() => found() !== undefined, { timeout: 90_000, interval: 20 })
    .catch(() => {
      throw new Error(`it did not come; what stands there:\n${asRead(thread.reads())}`)
    })
  const message = found()
  if (!message) throw new Error('it is gone again')
  return message
}

/** A thread as one text, for a look at the whole. */
export function asRead(thread: readonly Seen[]): string {
  return thread
    .map(({ buttons, files, text }) => {
      const parts = [text, ...files.map(({ name }) => `(file: ${name})`)]
      return [...parts, buttons.map((label) => `[ ${label} ]`).join(' ')]
        .filter((part) => part !== '')
        .join('\n')
    })
    .join('\n\n')
}

const example = async (name: string): Promise<StagedFile> => ({
  name,
  content: await readFile(path.join(examples, name)),
})

/** A tool that nobody may use unasked. */
export const drop: Tool = {
  spec: { name: 'drop', description: 'Deletes something.', inputSchema: { type: 'object' } },
  effect: 'outside',
  needsApproval: (input) => `Delete ${String((input as { table?: unknown }).table)}.`,
  async run() {
    return { content: [{ type: 'text', text: 'Deleted.' }], isError: false, activity: 'deleting' }
  },
}

export const said = (request: ModelRequest) => JSON.stringify(request.messages)
export const forever = (_: ModelRequest, signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** The story that every platform plays, with the same assertions: from an install to a starred file, and back again. */
export function chatStory(platform: string, open: OpenStage): void {
  test(`${platform}: from an install to an answer with files, a star, and a follow-up that knows it`, async () => {
    await using stage = await open({ model: createRehearsal(), limits: true })
    const { ana } = stage
    expect(stage.page).toContain('Loom is in Acme')
    const files = await Promise.all(['churn-january.csv', 'churn-february.csv'].map(example))
    const thread = await ana.asks('Which plan lost the most customers?', files)

    const answer = await comes(thread, isAnswer)
    const card = await comes(
      thread,
      (each) =>
        each.id !== answer.id &&
        each.text.includes('Which plan lost the most customers?') &&
        each.text.includes('✓'),
    )
    expect(card.edited).toBe(true)
    expect(card.buttons).toEqual([])
    for (const agent of ['Churn january', 'Churn february'])
      expect(card.text).toMatch(new RegExp(`✓\\s+.*${agent}`))
    const told = await comes(thread, (each) => each.text.includes('first brief in this'))
    expect(told.text).toContain('A brief costs at most')
    expect(answer.text).toMatch(/Solo|Team/)
    expect(answer.previews).toEqual([])
    const uploaded = await comes(thread, (each) => each.files.length > 0)
    expect(uploaded.files.map(({ name }) => name).join(' ')).toContain('churn-january')
    for (const { bytes } of uploaded.files) expect(bytes.length).toBeGreaterThan(0)
    const ours = answer.links.filter((url) => url.startsWith(stage.publicUrl))
    expect(ours.length).toBeGreaterThan(0)
    for (const url of ours) expect(url).toContain(`${stage.publicUrl}/a/`)
    expect((await fetch(ours[0] ?? '')).status).toBe(200)

    // The star is pressed where the file stands, and the message shows it.
    const starred = await comes(thread, (each) => each.buttons.some((label) => label.startsWith('☆')))
    const star = starred.buttons.find((label) => label.startsWith('☆')) ?? ''
    await ana.presses(thread, starred, star)
    await comes(
      thread,
      (each) => each.id === starred.id && each.buttons.some((label) => label.startsWith('★')),
    )
    const kept = await stage.bed.admin`select 1 from loom.artifacts where starred_at is not null`
    expect(kept).toHaveLength(1)

    // Nothing called anybody, and nothing was posted outside of the thread.
    expect(thread.reads().flatMap(({ pings }) => pings)).toEqual([])
    expect(stage.elsewhere()).toEqual([])

    // A reply of who asked, after the end.
    const seen = new Set(thread.reads().map(({ id }) => id))
    await ana.goesOn(thread, 'And in March?', [await example('churn-march.csv')])
    const fresh = () => thread.reads().filter(({ id }) => !seen.has(id))
    await vi.waitUntil(() => fresh().some(isAnswer), { timeout: 90_000, interval: 20 })
    const later = await comes({ reads: fresh }, (each) => /✓\s+.*Churn march/.test(each.text))
    // What the first job made is at hand, and nobody is sent to analyse it.
    expect(later.text).not.toMatch(/chart|report/iu)
    await stage.settled()
    expect(stage.mishaps()).toEqual([])
    const jobs = await stage.bed.admin`select state from loom.jobs order by created_at`
    expect(jobs.map((job) => job.state)).toEqual(['done', 'done'])
  })

  test(`${platform}: people steer, answer, approve and stop from the thread, and each is shown what came of it`, async () => {
    const steered = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('prices'), forever],
      prices: [
        async () => {
          await steered.promise
          return { parts: [call('list', {})] }
        },
        (request) => {
          expect(said(request)).toContain('only the yearly prices')
          return { parts: [call('ask_user', { question: 'Which currency?', choices: ['Euro', 'Dollar'] })] }
        },
        (request) => {
          expect(lastResults(request)[0]?.text).toContain('Dollar')
          return { parts: [call('drop', { table: 'old_prices' })] }
        },
        (request) => {
          expect(lastResults(request)[0]?.text).toBe('Deleted.')
          return say('Solo is the **cheapest** plan. Thanks <!channel> @everyone.')
        },
      ],
    })
    await using stage = await open({ model, tools: [drop] })
    const { ana, ben } = stage
    const thread = await ana.asks('Which plan is the cheapest?')

    const working = await comes(thread, (each) => each.text.includes('Task prices'))
    expect(working.buttons).toEqual(['Stop', 'Adjust cap', 'Details'])
    await ben.commands('status')
    await vi.waitUntil(() => ben.toldAlone().length > 0, { timeout: 10_000 })
    expect(ben.toldAlone().at(-1)).toMatch(/Running here for others:\n.*A plan/)
    await ben.replies(thread, 'only the yearly prices')
    await stage.settled()
    await vi.waitUntil(
      async () => (await stage.bed.admin`select 1 from loom.brief_messages where position > 0`).length > 0,
    )
    steered.resolve()

    const question = await comes(thread, (each) => each.text.includes('Which currency?'))
    expect(question.buttons).toEqual(['Euro', 'Dollar', 'Answer in your own words'])
    await ana.presses(thread, question, 'Dollar')
    const settled = await comes(thread, (each) => each.id === question.id && each.buttons.length === 0)
    expect(settled.text).toContain('Dollar')

    // Ben did not ask for this and is no admin.
    const approval = await comes(thread, (each) => each.text.includes('Delete old'))
    expect(approval.buttons).toEqual(['Approve', 'Deny'])
    const before = ben.toldAlone().length
    await ben.presses(thread, approval, 'Approve')
    await vi.waitUntil(() => ben.toldAlone().length > before, { timeout: 10_000 })
    expect(thread.reads().find(({ id }) => id === approval.id)?.buttons).toEqual(['Approve', 'Deny'])
    await ana.presses(thread, approval, 'Approve')
    const pressed = await comes(thread, (each) => each.id === approval.id && each.buttons.length === 0)
    expect(pressed.text).toContain('Ana')

    const answer = await comes(thread, isAnswer)
    expect(answer.text).toMatch(/Solo is the (\*\*)?cheapest(\*\*)? plan\. Thanks/)
    expect(answer.pings).toEqual([])
    await ben.presses(thread, answer, 'Helpful')

    // Another thread, stopped before it came to anything.
    const second = await ben.asks('Compare everything')
    const card = await comes(second, isCard)
    await ben.presses(second, card, 'Stop')
    const end = await comes(second, (each) => each.id !== card.id && /stopped/i.test(each.text))
    expect(end.text).not.toContain('Solo')
    await comes(second, (each) => each.id === card.id && each.buttons.length === 0)
    model.done()
    const kept = async () =>
      (await stage.bed.admin`select value from loom.feedback`).map(({ value }) => value)
    await expect.poll(kept, { timeout: 10_000 }).toEqual([1])
  })
}
