import { expect, inject, it } from 'vitest'
import { customId } from '../../../../src/bots/discord/custom-id.ts'
import { renderAnswer } from '../../../../src/bots/discord/render/answer.ts'
import { renderApproval, renderQuestion } from '../../../../src/bots/discord/render/ask.ts'
import { renderCard } from '../../../../src/bots/discord/render/card.ts'
import { loadApproval } from '../../../../src/storage/approvals/load.ts'
import { loadAnswer } from '../../../../src/storage/jobs/answer.ts'
import { suspendJob } from '../../../../src/storage/jobs/suspend.ts'
import { loadQuestion } from '../../../../src/storage/questions/load.ts'
import type { Shown } from '../../../fakes/discord/read/shown.ts'
import { only, useBed } from '../../../storage/support/bed.ts'
import { useDiscordDesk } from './bed.ts'

const bed = useBed(only(inject('servers').slice(0, 1)))
const open = useDiscordDesk(bed)

type First = Awaited<ReturnType<typeof open>>['first']
type Job = Awaited<ReturnType<First['openJob']>>

async function postsQuestion(first: First, job: Job, questionId: string) {
  const { context, store } = await first.as({ id: '0' })
  const question = await loadQuestion(store, context, { questionId })
  if (!question) throw new Error('no question')
  const shown = { jobId: job.jobId, questionId, asker: 'Task a', answer: undefined, answeredBy: undefined }
  const { choices, text } = question
  return first.postsComponents(
    job.place,
    renderQuestion({ ...shown, text, choices, state: 'open' }).components,
  )
}

function postsApproval(first: First, job: Job, approvalId: string) {
  const shown = { asker: 'Task a', tool: 'drop', request: 'Delete the sheet.', pressedBy: undefined }
  const approval = {
    ...shown,
    jobId: job.jobId,
    approvalId,
    state: 'open' as const,
    expiresAtMs: Date.now() + 60_000,
  }
  return first.postsComponents(job.place, renderApproval(approval).components)
}

function postsButton(first: First, place: string, custom_id: string) {
  const button = { type: 2, style: 2, label: 'Press', custom_id }
  return first.posts(place, { content: 'x', components: [{ type: 1, components: [button] }] })
}

/** What a menu calls an agent. */
function agentOf({ selects }: Shown, title: string): string {
  const found = selects.flatMap(({ options }) => options).find(({ label }) => label.includes(title))
  if (!found) throw new Error(`nobody is called ${title}`)
  return found.label
}

it('Stop stops the job for anyone there, without a word beside the card', async () => {
  const { ben, discord, first, settled, warned } = await open()
  const job = await first.openJob()
  const use = ben.presses(job.card, 'Stop')
  expect(await use.answered()).toBe('nothing yet')
  expect((await job.state()).state).toBe('cancelled')
  discord.interactions.again(use.id)
  await settled()
  expect(use.followUps()).toEqual([])
  expect(warned).toMatchObject([{ kind: 'conflict' }])
  const late = ben.presses(job.card, 'Stop')
  expect(await late.answered()).toBe('message')
  expect(await late.finished()).toMatchObject({ text: 'The job had ended already.', onlyFor: 'Ben' })
})

it('a press that Discord has given up on still does what it says, once', async () => {
  const { ben, discord, first, settled, warned } = await open()
  const job = await first.openJob()
  discord.faults.next('POST /interactions/:interaction/:token/callback', { status: 404, code: 10062 })
  ben.presses(job.card, 'Stop')
  await settled()
  expect((await job.state()).state).toBe('cancelled')
  expect(warned).toMatchObject([{ kind: 'not_found' }])
})

it('Adjust cap asks for an amount, says what is wrong with one, and takes it from who asked or an admin', async () => {
  const { ana, ben, cleo, first } = await open()
  const job = await first.openJob()
  expect((await ben.presses(job.card, 'Adjust cap').finished()).text).toBe(
    'Only the person who asked for this, an admin or an owner can decide it.',
  )
  const use = ana.presses(job.card, 'Adjust cap')
  expect(await use.answered()).toBe('form')
  expect(use.form()).toMatchObject({ title: 'Adjust the cap' })
  expect(use.form()?.text).toContain('$0.42 of $5.00 is spent.')
  expect((await ana.submits({ amount: 'lots' }).finished()).text).toBe(
    'An amount is written in dollars, as in 8 or 8.50.',
  )
  await cleo.presses(job.card, 'Adjust cap').answered()
  expect(await cleo.submits({ amount: '8,50' }).answered()).toBe('nothing yet')
  expect((await job.state()).capMicroUsd).toBe(8_500_000)
})

it('a job that rests at its cap goes on with a higher one, or is finished with what is there', async () => {
  const { ana, ben, discord, first, rung, settled } = await open()
  const { context, store } = await first.as(ana)
  const rests = async (title: string) => {
    const job = await first.openJob(title)
    await job.handsOver('Solo is the cheapest.')
    await suspendJob(store, context, { jobId: job.jobId, reason: 'cap' })
    return { ...job, card: await first.postsComponents(job.place, renderCard(await job.state()).components) }
  }
  const onlyThem = 'Only the person who asked for this, an admin or an owner can decide it.'
  const raised = await rests('Compare the plans')
  expect(ana.sees(raised.card).buttons.map(({ label }) => label)).toEqual([
    ...['Raise the cap', 'Finish with what is there', 'Stop'],
  ])
  expect((await ben.presses(raised.card, 'Raise the cap').finished()).text).toBe(onlyThem)
  const use = ana.presses(raised.card, 'Raise the cap')
  expect(await use.answered()).toBe('form')
  expect(use.form()).toMatchObject({ title: 'Raise the cap' })
  expect(use.form()?.text).toContain('The job goes on with a higher cap.')
  expect(rung).toEqual([])
  expect(await ana.submits({ amount: '10' }).answered()).toBe('nothing yet')
  expect(await raised.state()).toMatchObject({ state: 'running', capMicroUsd: 10_000_000 })
  expect(rung).toEqual(['worker'])

  const ended = await rests('Compare the prices')
  expect((await ben.presses(ended.card, 'Finish with what is there').finished()).text).toBe(onlyThem)
  const finish = ana.presses(ended.card, 'Finish with what is there')
  expect(await finish.answered()).toBe('nothing yet')
  discord.interactions.again(finish.id)
  await settled()
  expect((await ended.state()).state).toBe('done')
  const answer = await loadAnswer(store, context, ended)
  expect(answer?.markdown).toContain('Finished at your word with what was there: 1 of 2 agents had ended.')
  expect(answer?.markdown).toContain('Solo is the cheapest.')
  expect(finish.followUps()).toEqual([])
  const late = await ana.presses(ended.card, 'Raise the cap').finished()
  expect(late.text).toBe('The job had ended already.')
})

it('Details are shown to who asks for them alone, and let an agent begin again or be left out', async () => {
  const { ana, ben, discord, first, settled } = await open()
  const job = await first.openJob()
  const seen = await ben.presses(job.card, 'Details').finished()
  expect(seen).toMatchObject({ onlyFor: 'Ben' })
  expect(seen.text).toContain('The plan')
  expect(seen.text).toContain('Task a')
  const denied = ben.chooses(seen, 'Leave out …', [agentOf(seen, 'Task b')])
  expect((await denied.finished()).text).toBe(
    'Only the person who asked for this, an admin or an owner can decide it.',
  )
  const own = await ana.presses(job.card, 'Details').finished()
  const use = ana.chooses(own, 'Leave out …', [agentOf(own, 'Task b')])
  expect(await use.answered()).toBe('change')
  expect(ana.sees(own).text).toContain('Task b is left out; the others go on without it.')
  discord.interactions.again(use.id)
  await settled()
  const states = async () => (await job.state()).rows.map(({ state }) => state)
  expect((await states()).filter((state) => state === 'cancelled')).toHaveLength(1)
  const begin = ana.chooses(own, 'Begin again …', [agentOf(ana.sees(own), 'Task a')])
  expect(await begin.answered()).toBe('change')
  expect(ana.sees(own).text).toContain('Task a begins again.')
  discord.interactions.again(begin.id)
  await settled()
  const [row] = await bed()
    .admin`select count(*)::int as reruns from loom.events where job_id = ${job.jobId} and kind = 'rerun'`
  expect(row?.reruns).toBe(1)
})

it('a question is answered by a choice or in own words; the first answer stands', async () => {
  const { ana, ben, first } = await open()
  const job = await first.openJob()
  const questionId = await job.ask(['Solo', 'Team'])
  const spot = await postsQuestion(first, job, questionId)
  const use = ben.presses(spot, 'Answer in your own words')
  expect(await use.answered()).toBe('form')
  expect(use.form()?.text).toContain('Which plan?')
  expect(await ana.presses(spot, 'Team').answered()).toBe('nothing yet')
  expect((await ben.submits({ answer: 'Neither' }).finished()).text).toBe(
    'That was answered already; the first answer stands.',
  )
  const { context, store } = await first.as(ana)
  expect(await loadQuestion(store, context, { questionId })).toMatchObject({
    state: 'answered',
    answer: 'Team',
  })
  expect((await ben.presses(spot, 'Answer in your own words').finished()).text).toBe(
    'That was answered already; the first answer stands.',
  )
})

it('own words answer a question', async () => {
  const { ben, first } = await open()
  const job = await first.openJob()
  const questionId = await job.ask([])
  const spot = await postsQuestion(first, job, questionId)
  await ben.presses(spot, 'Answer').answered()
  expect(await ben.submits({ answer: 'The one from March' }).answered()).toBe('nothing yet')
  const { context, store } = await first.as(ben)
  expect(await loadQuestion(store, context, { questionId })).toMatchObject({ answer: 'The one from March' })
})

it('an approval is for who asked and for who is an admin of the server at that moment', async () => {
  const { ana, ben, cleo, first } = await open()
  const job = await first.openJob()
  const approvalId = await job.need()
  const spot = await postsApproval(first, job, approvalId)
  expect((await ben.presses(spot, 'Approve').finished()).text).toBe(
    'Only the person who asked for this, an admin or an owner can decide it.',
  )
  first.guild.takeRole(cleo, first.admins)
  expect((await cleo.presses(spot, 'Approve').finished()).text).toMatch(/^Only the person who asked/)
  first.guild.giveRole(cleo, first.admins)
  expect(await cleo.presses(spot, 'Deny').answered()).toBe('nothing yet')
  const { context, store } = await first.as(ana)
  expect(await loadApproval(store, context, { approvalId })).toMatchObject({
    state: 'denied',
    pressedBy: 'Cleo',
  })
  expect((await ana.presses(spot, 'Approve').finished()).text).toBe('That was denied already.')
})

it('a star turns its button over in the answer, and a thumb is thanked for', async () => {
  const { ana, ben, first } = await open()
  const job = await first.openJob()
  const row = only(await bed().admin`select id from loom.artifacts where job_id = ${job.jobId}`)
  const file = {
    artifactId: row.id,
    path: 'final/report.md',
    mediaType: 'text/markdown',
    bytes: 9,
    sha256: '0',
  }
  const receipt = {
    ...{ agents: 1, steps: 1, durationMs: 1, costMicroUsd: 1, capMicroUsd: 1 },
    ...{ models: [], byAgent: [], handovers: [] },
  }
  const answer = {
    ...{ jobId: job.jobId, title: 'T', outcome: 'done' as const, markdown: 'It rose.', receipt },
    files: [{ ...file, url: undefined, localPath: undefined, starred: false }],
  }
  const { whole } = renderAnswer(answer, { uploadBytes: 0 })
  const spot = await first.postsComponents(job.place, only(whole).components)
  expect(await ben.presses(spot, '☆ Keep').answered()).toBe('change')
  expect(ana.sees(spot)).toMatchObject({ text: expect.stringContaining('It rose.') })
  expect(ana.sees(spot).buttons.map(({ label }) => label)).toEqual(['★ Kept', 'Helpful', 'Not helpful'])
  expect(
    only(await bed().admin`select starred_at from loom.artifacts where id = ${row.id}`).starred_at,
  ).not.toBeNull()
  await ana.presses(spot, '★ Kept').answered()
  expect(ana.sees(spot).buttons[0]?.label).toBe('☆ Keep')
  expect((await ana.presses(spot, 'Helpful').finished()).text).toBe('Noted, thank you.')
})

it('an id of another thread or account finds nothing, and a strange one does nothing', async () => {
  const { ben, cleo, first, join } = await open()
  const second = await join('Other')
  const theirs = await second.openJob()
  const [job, other] = [await first.openJob(), await first.openJob('Another')]
  const pressed = async (who: typeof ben, id: string) => {
    const spot = await postsButton(first, job.place, id)
    return (await who.presses(spot, 'Press').finished()).text
  }
  expect(await pressed(cleo, customId({ verb: 'stop', jobId: theirs.jobId }))).toBe(
    'There is no such job here.',
  )
  expect(await pressed(ben, customId({ verb: 'stop', jobId: other.jobId }))).toBe(
    'There is no such job here.',
  )
  for (const id of [
    'loom:stop',
    'loom:selfdestruct:x',
    'loom-form:take:1:2',
    customId({ verb: 'answer', jobId: job.jobId }),
  ]) {
    expect(await pressed(cleo, id)).toBe('That button does nothing any more.')
  }
  const missing = customId({ verb: 'approve', jobId: job.jobId })
  expect(await pressed(cleo, missing)).toBe('That button does nothing any more.')
  for (const one of [job, other, theirs]) expect((await one.state()).state).toBe('running')
})
