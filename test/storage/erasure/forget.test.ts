import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { starArtifact } from '../../../src/storage/artifacts/change.ts'
import { sayInThread } from '../../../src/storage/deliveries/say.ts'
import { forgetPerson, weighForgetting } from '../../../src/storage/erasure/forget-person.ts'
import { forgetStep } from '../../../src/storage/erasure/forget-step.ts'
import { loadTombstone } from '../../../src/storage/erasure/tombstones.ts'
import { giveFeedback } from '../../../src/storage/feedback/give.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { loadAnswer } from '../../../src/storage/jobs/answer.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { answerQuestion } from '../../../src/storage/questions/answer.ts'
import { askQuestion } from '../../../src/storage/questions/ask.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { keepThreadMessage } from '../../../src/storage/threads/keep.ts'
import { describeOneServer } from '../../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from '../support/bed.ts'
import { accept, commitOf, fileOf, stepOf, workingTask } from '../support/jobs.ts'
import { eraseAll, overheard, placesOf, transparent } from './support.ts'

let word = ''

describeOneServer('forgetting a person', (server) => {
  const bed = useBed(server)

  async function person(tenant: Tenant, name: string): Promise<Tenant> {
    const told = { platform: 'local', externalId: `id-of-${name.slice(-9)}`, name } as const
    const { identityId } = await ensurePerson(tenant.store, systemOf(tenant), told)
    return {
      ...tenant,
      identityId,
      context: { tenantId: tenant.tenantId, actor: { kind: 'person', identityId } },
    }
  }

  /** A job at work that has written a file and an object with the words it was given. */
  async function job(by: Tenant, words: string) {
    const holder = randomUUID()
    const mention = { text: words, author: { externalId: 'x' } }
    const made = await workingTask(bed(), by, { holder, graph: { a: [], b: [] }, mention })
    const { jobId, keys, held, thread } = made
    const step = stepOf({
      activity: `reads ${words}`,
      reply: [{ type: 'text', text: `I read ${words}` }],
      state: 'replied',
    })
    const file = fileOf(`final/${words}.md`)
    await by.store.objects.put(
      objectKeys.blob({ tenantId: by.tenantId, jobId }, file.sha256),
      Buffer.from(words),
      {
        mediaType: 'text/plain',
      },
    )
    await commitSteps(by.store, systemOf(by), {
      holder,
      commits: [commitOf(held, keys, { step, files: [file] })],
    })
    const ask = { task: held, holder, stepId: step.id, callId: 'call' }
    return { ...made, jobId, thread, step, ask }
  }
  const end = (by: Tenant, jobId: string, answer: string) =>
    stopJob(by.store, systemOf(by), { jobId, state: 'done', answer })
  const jobIds = async ({ tenantId }: Tenant) =>
    (await bed().admin`select id from loom.jobs where tenant_id = ${tenantId}`).map((row) => String(row.id))

  async function scene() {
    word = `canary-${randomUUID()}`
    const tenant = { ...(await openTenant(bed())), store: transparent(bed().store()) }
    const ada = await person(tenant, `${word}-name`)
    const ben = await person(tenant, 'ben')
    const own = await job(ada, `${word}-own`)
    const artifact = only(await bed().admin`select id from loom.artifacts where job_id = ${own.jobId}`)
    await starArtifact(ben.store, ben.context, { artifactId: artifact.id })
    await end(ada, own.jobId, `${word}-answer`)
    const running = await job(ada, `${word}-running`)
    // Ben's brief that Ada steered, and the one that goes on from it.
    const steered = await job(ben, 'the words of ben')
    await accept(ada, { thread: steered.thread, text: `${word}-steers` })
    await end(ben, steered.jobId, `it said ${word}`)
    const followUp = await accept(ben, { thread: steered.thread, text: 'go on' })
    // Ben's brief in which she answered an agent.
    const asked = await job(ben, 'ben asks')
    await askQuestion(ben.store, systemOf(ben), { ...asked.ask, question: { text: 'Which?', choices: [] } })
    await answerQuestion(ada.store, ada.context, { jobId: asked.jobId, text: `${word}-answers` })
    // Ben's alone; she only spoke in its thread afterwards, and said what she thought of it.
    const alone = await job(ben, 'only of ben')
    await end(ben, alone.jobId, 'the answer for ben')
    await keepThreadMessage(ada.store, systemOf(ada), {
      thread: alone.thread,
      message: overheard(`id-of-${`${word}-name`.slice(-9)}`, `${word}-overheard`, {
        files: [{ name: word, source: 'local:/x' }],
      }),
    })
    await giveFeedback(ada.store, ada.context, { jobId: alone.jobId, value: 1 })
    const { installationId } = ada
    await sayInThread(ada.store, systemOf(ada), {
      ...{ installationId, thread: alone.thread, subject: 'scheduled' },
      text: `It recurs: ${word}`,
    })
    await createSchedule(ada.store, ada.context, {
      ...{ installationId, thread: alone.thread, prompt: `${word}-schedule` },
      ...{ words: 'every monday at 9', timeZone: 'UTC' },
    })
    if (followUp.kind !== 'job') throw new Error(followUp.kind)
    return { tenant, ada, ben, own, running, steered, followUp, asked, alone }
  }

  it('takes what they wrote and all that cites it, and leaves what others made without it', async () => {
    const { ada, alone, ben, running } = await scene()
    expect(await placesOf(bed(), word)).not.toEqual([])
    const before = await bed()
      .admin`select to_jsonb(t)::text as row from loom.steps t where job_id = ${alone.jobId}`
    expect(await weighForgetting(ada.store, ada.context, ada)).toEqual({
      messages: 5,
      briefs: 5,
      running: 3,
      files: 4,
      schedules: 1,
    })

    await forgetPerson(ada.store, ada.context, ada)
    await eraseAll(bed(), { store: ada.store })
    // The last words of what ran are told before the rows go.
    expect(await jobIds(ada)).toContain(running.jobId)
    const told = await bed().admin`
      select convert_from(m.body_sealed, 'utf8') as text from loom.jobs j
      join loom.messages m on m.id = j.answer_message_id where j.id = ${running.jobId}`
    expect(only(told).text).toMatch(/^Stopped, because something that this worked with was deleted/)
    await bed().admin`update loom.deliveries set state = 'sent' where tenant_id = ${ada.tenantId}`
    await eraseAll(bed(), { store: ada.store, aheadMs: 60_000 })

    expect(await placesOf(bed(), word)).toEqual([])
    expect(await jobIds(ada)).toEqual([alone.jobId])
    expect(
      await bed().admin`select to_jsonb(t)::text as row from loom.steps t where job_id = ${alone.jobId}`,
    ).toEqual(before)
    const answer = await loadAnswer(ben.store, ben.context, { jobId: alone.jobId })
    expect(answer).toMatchObject({
      markdown: 'the answer for ben',
      files: [{ path: 'final/only of ben.md' }],
    })
    // Ben's own prompts are his, though what was made of them is gone.
    expect(await placesOf(bed(), 'the words of ben')).toEqual(['loom.messages'])

    const gone = await loadTombstone(ada.store, ada.context, { kind: 'identity', subjectId: ada.identityId })
    expect(gone).toMatchObject({
      purgedAtMs: expect.any(Number),
      counts: {
        messages: 5,
        briefs: 5,
        objects: 4,
        artifacts: 4,
        jobsStopped: 3,
        schedules: 1,
        feedback: 1,
        notices: 1,
      },
    })
    const audited = await bed().admin`
      select action, actor_id from loom.audit_log where tenant_id = ${ada.tenantId} and action like 'person%'`
    expect(audited.map((row) => ({ ...row }))).toEqual([
      { action: 'person.forget', actor_id: ada.identityId },
    ])
    // What comes afterwards is taken again, and goes when it is asked for again.
    await accept(ada, { text: `${word}-later` })
    await forgetPerson(ada.store, ada.context, ada)
    await eraseAll(bed(), { store: ada.store })
    await bed().admin`update loom.deliveries set state = 'sent' where tenant_id = ${ada.tenantId}`
    await eraseAll(bed(), { store: ada.store, aheadMs: 60_000 })
    expect(await placesOf(bed(), word)).toEqual([])
  })

  it('goes on where it was killed, from any turn', async () => {
    const { ada, alone } = await scene()
    await forgetPerson(ada.store, ada.context, ada)
    const subject = { kind: 'identity', subjectId: ada.identityId } as const
    const load = async () => {
      const found = await loadTombstone(ada.store, ada.context, subject)
      if (!found) throw new Error('no tombstone')
      return found
    }
    let dies = 0
    // Every object store call may be the last of its process: the rows are still there for the next one.
    const objects = {
      ...ada.store.objects,
      deletePrefix: async (prefix: string) => {
        const count = await ada.store.objects.deletePrefix(prefix)
        if (dies++ % 2 === 0) throw new Error('killed')
        return count
      },
    }
    for (let turn = 0; turn < 60; turn += 1) {
      const input = { tombstone: await load(), batch: 1, settleMs: 0 }
      const ended = await forgetStep({ ...ada.store, objects }, systemOf(ada), input).catch(
        (thrown: Error) => {
          expect(thrown.message).toBe('killed')
          return 'killed'
        },
      )
      await bed().admin`update loom.deliveries set state = 'sent' where tenant_id = ${ada.tenantId}`
      if (ended === 'done') break
    }
    expect(dies).toBeGreaterThan(4)
    expect(await placesOf(bed(), word)).toEqual([])
    expect(await jobIds(ada)).toEqual([alone.jobId])
  })

  it('is nobody else’s to ask, and knows nobody of another account', async () => {
    const { ada } = await scene()
    const other = await openTenant(bed())
    await expect(forgetPerson(other.store, other.context, ada)).rejects.toMatchObject({ kind: 'not_found' })
  })
})
