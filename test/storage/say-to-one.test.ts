import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { loadSaid } from '../../src/storage/briefs/said.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { accept, claim, commitOf, done, type PlannedJob, planJob, stepOf } from './support/jobs.ts'

describeOneServer('what is said to one agent', (server) => {
  const bed = useBed(server)

  const open = async () => {
    const tenant = await openTenant(bed())
    const job = await planJob(bed(), tenant, { graph: { a: [], b: [] } })
    const holder = randomUUID()
    const commit = async (key: string, part: Partial<StepCommit>) => {
      const taskId = job.ids.get(key)
      const held = only(tasks.filter((task) => task.taskId === taskId))
      const commits = [commitOf(held, job.keys, part)]
      return only(await commitSteps(tenant.store, systemOf(tenant), { holder, commits }))
    }
    const tasks = (await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId)
    await startTasks(tenant.store, systemOf(tenant), { tasks })
    return { tenant, job, holder, tasks, commit }
  }
  const say = (tenant: Tenant, { jobId }: PlannedJob, text: string, to?: string) =>
    sayTo(tenant.store, tenant.context, { jobId, text, ...(to === undefined ? {} : { to }) })
  const heardBy = async (tenant: Tenant, job: PlannedJob, key: string) => {
    const taskId = job.ids.get(key) ?? ''
    const said = await loadSaid(tenant.store, systemOf(tenant), { jobId: job.jobId, taskId })
    const [task] = await loadTasks(tenant.store, systemOf(tenant), { taskIds: [taskId] })
    expect(task?.said).toEqual(said)
    return said.map(({ text }) => text)
  }
  const idsOf = async (tenant: Tenant, job: PlannedJob, key: string) => {
    const taskId = job.ids.get(key) ?? ''
    const said = await loadSaid(tenant.store, systemOf(tenant), { jobId: job.jobId, taskId })
    return said.map(({ messageId }) => messageId)
  }

  it.each([
    ['by its key', 'a'],
    ['by its title', 'task A'],
    ['by its row', '1'],
  ])('%s is read by that one and counted for no other', async (_, to) => {
    const { commit, job, tenant } = await open()
    await say(tenant, job, 'to all')
    await say(tenant, job, 'only March', to)
    expect(await heardBy(tenant, job, 'a')).toEqual(['to all', 'only March'])
    expect(await heardBy(tenant, job, 'b')).toEqual(['to all'])
    expect((await commit('a', {})).said).toBe(2)
    expect((await commit('b', {})).said).toBe(1)
  })

  it('is taken from the words of a reply in the thread, and of one that comes by the job’s id', async () => {
    const { job, tenant } = await open()
    const { jobId, thread } = job
    expect(await accept(tenant, { thread, text: 'tell task a to take March' })).toEqual({
      kind: 'steered',
      jobId,
    })
    await say(tenant, job, '@b only April')
    await say(tenant, job, 'note: both are needed')
    expect(await heardBy(tenant, job, 'a')).toEqual(['tell task a to take March', 'note: both are needed'])
    expect(await heardBy(tenant, job, 'b')).toEqual(['@b only April', 'note: both are needed'])
  })

  it('stands on the card: whom it is for, and that this one has read it', async () => {
    const { commit, job, tenant } = await open()
    await say(tenant, job, 'only March', 'a')
    const said = async () => (await viewJob(tenant.store, tenant.context, job))?.card.said
    expect(await said()).toEqual({ heardBy: 0, to: 'Task a' })
    await commit('b', { step: stepOf() })
    expect(await said()).toEqual({ heardBy: 0, to: 'Task a' })
    await commit('a', { said: 1, step: stepOf({ heard: await idsOf(tenant, job, 'a') }) })
    expect(await said()).toEqual({ heardBy: 1, to: 'Task a' })
  })

  it('is said to all when that one ends without having read it, and stays its own when it had', async () => {
    const { commit, job, tenant } = await open()
    await say(tenant, job, 'read in time', 'a')
    await commit('a', { said: 1, step: stepOf({ heard: await idsOf(tenant, job, 'a') }) })
    await say(tenant, job, 'too late', 'a')
    expect((await commit('b', {})).said).toBe(0)
    await commit('a', { said: 1, step: stepOf({ ordinal: 1 }), ...done() })
    expect((await commit('b', {})).said).toBe(1)
    expect(await heardBy(tenant, job, 'b')).toEqual(['too late'])
    expect(await heardBy(tenant, job, 'answer')).toEqual(['too late'])
  })

  it('keeps the answering agent from ending the job when it is for that one, unread', async () => {
    const { commit, job, tenant, ...rest } = await open()
    await commit('a', done())
    await commit('b', done())
    const { holder } = rest
    const held = only((await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId))
    await startTasks(tenant.store, systemOf(tenant), { tasks: [held] })
    await say(tenant, job, '@answer in French')
    const last = commitOf(held, job.keys, { answers: true, ...done('the answer') })
    const end = async (said: number) =>
      only(await commitSteps(tenant.store, systemOf(tenant), { holder, commits: [{ ...last, said }] }))
    expect(await end(0)).toMatchObject({ held: true, unheard: true, said: 1 })
    expect(await end(1)).toMatchObject({ held: true, unheard: false })
  })

  describe('that cannot be', () => {
    it('found is refused with the names that there are, and nothing is said', async () => {
      const { job, tenant } = await open()
      const refused = say(tenant, job, 'x', 'nobody')
      await expect(refused).rejects.toMatchObject({
        kind: 'not_found',
        message: 'No agent goes by that name. Name one by its row: 1 Task a, 2 Task b, 3 Writing the answer.',
      })
      expect(await heardBy(tenant, job, 'a')).toEqual([])
    })

    it('reached because it has ended is refused; in words of a reply it goes to all', async () => {
      const { commit, job, tenant } = await open()
      await commit('a', done())
      await expect(say(tenant, job, 'x', 'a')).rejects.toMatchObject({ kind: 'conflict' })
      await say(tenant, job, 'tell task a to look again')
      expect(await heardBy(tenant, job, 'b')).toEqual(['tell task a to look again'])
    })
  })
})
