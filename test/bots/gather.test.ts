import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { gatherFiles } from '../../src/bots/gather.ts'
import type { ThreadMessage } from '../../src/core/brief.ts'
import { LoomError } from '../../src/core/errors.ts'
import { claimDeliveries, loadDelivery } from '../../src/storage/deliveries/claim.ts'
import { loadAnswer } from '../../src/storage/jobs/answer.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { changeThreadMessage, removeThreadMessage } from '../../src/storage/threads/change.ts'
import { keepThreadMessage } from '../../src/storage/threads/keep.ts'
import { only, openTenant, useBed } from '../storage/support/bed.ts'
import { describeOneServer } from '../support/store.ts'
import {
  begin,
  gather,
  gatherDeps,
  holding,
  mentionAt,
  messageAt,
  openIn,
  plannerOf,
  saying,
  slackThread,
  takeGathering,
} from './support/gathering.ts'

const bob = { kind: 'person', externalId: 'U-bob', name: 'Bob' } as const
const ci = { kind: 'bot', externalId: 'B-ci', name: 'CI' } as const

describeOneServer('the thread of a brief', (server) => {
  const bed = useBed(server)

  const noticesOf = async () => {
    const due = await claimDeliveries(bed().store(), {
      platform: 'slack',
      holder: randomUUID(),
      limit: 50,
      leaseMs: 1,
    })
    const loaded = await Promise.all(due.map((one) => loadDelivery(bed().store(), one)))
    return loaded.flatMap((one) => (one?.kind === 'notice' ? [one] : []))
  }

  describe('that Loom is called into', () => {
    it('is read once and stands before the prompt, with names, bots and files', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const reads = saying([
        messageAt(0, 'Churn is up.', { files: [{ name: 'churn.csv', source: 'slack:F1' }] }),
        messageAt(1, 'By 12 % in the north.', { author: bob }),
        messageAt(2, 'Build 88 passed', { author: ci }),
        messageAt(3, 'Hello', { author: { kind: 'loom', externalId: 'U-loom' } }),
        messageAt(4, 'Why is that?', { author: bob }),
      ])
      const jobId = await openIn(tenant, thread, mentionAt(4, 'Why is that?'))
      const fetchFile = holding({ 'slack:F1': 'a,b\n1,2\n' })
      await gather(bed(), tenant, jobId, { reads, fetchFile })
      expect(reads.times()).toBe(1)
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.prompt).toBe('Why is that?')
      expect(task.thread).toEqual([
        { author: 'Ana', saidAt: '2026-11-24T09:00Z', text: 'Churn is up.', files: ['churn.csv'] },
        { author: 'Bob', saidAt: '2026-11-24T09:01Z', text: 'By 12 % in the north.' },
        { author: 'CI (bot)', saidAt: '2026-11-24T09:02Z', text: 'Build 88 passed' },
      ])
      expect(task.threadNotes).toEqual({ askedBy: 'Owner', leftOut: 0, unread: undefined })
      expect(task.layers[0]).toMatchObject([{ path: 'inputs/churn.csv', bytes: 8 }])
      const job = only(await bed().admin`select tainted, state from loom.jobs where id = ${jobId}`)
      expect(job).toEqual({ tainted: true, state: 'gathering' })
    })

    it('takes the prompt as it reads at the start, and what was edited before it', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const jobId = await openIn(tenant, thread, mentionAt(1, 'Compare teh numbers'))
      const reads = saying([messageAt(0, 'As edited'), messageAt(1, 'Compare the numbers')])
      await gather(bed(), tenant, jobId, { reads })
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.prompt).toBe('Compare the numbers')
      expect(task.thread.map(({ text }) => text)).toEqual(['As edited'])
    })

    it('reads anew what came as an event while the thread could not be read', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const first = await openIn(tenant, thread, mentionAt(1, 'Go'))
      const reader = async () => {
        throw new LoomError({ kind: 'forbidden', message: 'No.' })
      }
      await gather(bed(), tenant, first, { reader })
      const message = messageAt(3, 'said by @U-bob')
      await keepThreadMessage(tenant.store, tenant.context, { thread, message })
      await stopJob(tenant.store, tenant.context, { jobId: first, state: 'cancelled', answer: 'x' })
      const second = await openIn(tenant, thread, mentionAt(5, 'Again'))
      const reads = saying([messageAt(0, 'of old'), messageAt(3, 'said by @Bob'), messageAt(5, '')])
      await gather(bed(), tenant, second, { reads })
      const task = await plannerOf(bed(), tenant, second)
      expect(task.prompt).toBe('Again')
      expect(task.thread.map(({ text }) => text)).toEqual(['of old', 'Go', 'said by @Bob', 'x'])
    })

    it('is not read at all for a brief at top level, and from then on every event is kept', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const reads = saying([messageAt(0, 'x')])
      const first = await openIn(tenant, thread, { ...mentionAt(0, 'Go'), hasHistory: false })
      const rows = await bed().admin`select kind from loom.tasks where job_id = ${first}`
      expect(rows.map(({ kind }) => kind)).toEqual(['plan'])
      expect(
        await keepThreadMessage(tenant.store, tenant.context, { thread, message: messageAt(1, 'Hm') }),
      ).toBe(true)
      await bed().admin`update loom.jobs set state = 'done' where id = ${first}`
      await bed().admin`update loom.job_threads set live = false where job_id = ${first}`
      const second = await openIn(tenant, thread, mentionAt(2, 'Again'))
      await gather(bed(), tenant, second, { reads })
      expect(reads.times()).toBe(0)
      const task = await plannerOf(bed(), tenant, second)
      expect(task.thread.map(({ text }) => text)).toEqual(['Go', 'Hm'])
    })

    it('of 1,000 messages gives the newest 200 and says how many are left out', async () => {
      const tenant = await openTenant(bed())
      const many = Array.from({ length: 999 }, (_, at) => messageAt(at, `word ${at}`))
      const jobId = await openIn(tenant, slackThread(), mentionAt(999, 'Sum up'))
      await gather(bed(), tenant, jobId, { reads: saying(many) })
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.thread).toHaveLength(200)
      expect(task.thread[0]?.text).toBe('word 799')
      expect(task.thread.at(-1)?.text).toBe('word 998')
      expect(task.threadNotes.leftOut).toBe(799)
    })

    it('takes no more than there is room for in characters, from the newest backwards', async () => {
      const tenant = await openTenant(bed())
      const long = Array.from({ length: 5 }, (_, at) => messageAt(at, `${at}`.repeat(30_000)))
      const jobId = await openIn(tenant, slackThread(), mentionAt(9, 'Sum up'))
      await gather(bed(), tenant, jobId, { reads: saying(long) })
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.thread.map(({ text }) => text[0])).toEqual(['2', '3', '4'])
      expect(task.threadNotes.leftOut).toBe(2)
    })

    it('keeps nothing of people who are ignored, whenever they said it', async () => {
      const tenant = await openTenant(bed())
      const [first, second] = [slackThread(), slackThread()]
      const read = [messageAt(0, 'of Bob', { author: bob }), messageAt(1, 'of Ana')]
      const before = await openIn(tenant, first, mentionAt(5, 'Go'))
      await gather(bed(), tenant, before, { reads: saying(read) })
      await bed().admin`
        update loom.identities set ignored_at = now()
        where tenant_id = ${tenant.tenantId}
          and id in (select identity_id from loom.messages where external_hash is not null and author = 'person'
                     and said_at = ${new Date(begin)})`
      const after = await openIn(tenant, second, mentionAt(6, 'Go'))
      await gather(bed(), tenant, after, { reads: saying(read) })
      expect((await plannerOf(bed(), tenant, after)).thread.map(({ text }) => text)).toEqual(['of Ana'])
      const ofBob = { ...messageAt(7, 'more of Bob', { author: bob }) }
      const context = tenant.context
      expect(await keepThreadMessage(tenant.store, context, { thread: first, message: ofBob })).toBe(false)
    })

    it('cannot be a brief without words of its own: a table in a message becomes a file', async () => {
      const tenant = await openTenant(bed())
      const table: ThreadMessage = messageAt(0, 'See below', {
        files: [{ name: 'table.csv', source: 'inline:seats,price\n3,4\n' }],
      })
      const jobId = await openIn(tenant, slackThread(), mentionAt(1, 'What does a seat cost?'))
      await gather(bed(), tenant, jobId, { reads: saying([table]) })
      const [input] = (await plannerOf(bed(), tenant, jobId)).layers[0] ?? []
      expect(input).toMatchObject({ path: 'inputs/table.csv', bytes: 16 })
      const body = await tenant.store.objects.get(`${tenant.tenantId}/${jobId}/blobs/${input?.sha256}`)
      expect(Buffer.from(body).toString()).toBe('seats,price\n3,4\n')
    })
  })

  describe('that may not be read', () => {
    const refusing = async () => {
      throw new LoomError({ kind: 'forbidden', message: 'Loom is not in this channel. Invite it first.' })
    }

    it('does not end the brief: the thread is told once, and so are the agents', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const jobId = await openIn(tenant, thread, mentionAt(3, 'Go'))
      const run = await takeGathering(bed(), tenant, jobId)
      const fails = { ...gatherDeps(tenant, { reader: refusing }), mediaTypeOf: () => '' }
      await gatherFiles(fails, run)
      const notices = await noticesOf()
      expect(notices).toMatchObject([
        {
          thread,
          jobId: undefined,
          onlyFor: undefined,
          text: 'What was said here before could not be read. Loom is not in this channel. Invite it first.',
        },
      ])
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.thread).toEqual([])
      expect(task.threadNotes.unread).toBe('Loom is not in this channel. Invite it first.')
    })

    it('is tried again while the platform says so, and nothing is told', async () => {
      const tenant = await openTenant(bed())
      const jobId = await openIn(tenant, slackThread(), mentionAt(3, 'Go'))
      const limited = async () => {
        throw new LoomError({ kind: 'rate_limited', message: 'Slack asks to wait.' })
      }
      await expect(gather(bed(), tenant, jobId, { reader: limited })).rejects.toMatchObject({
        kind: 'rate_limited',
      })
      expect(await noticesOf()).toEqual([])
      await gather(bed(), tenant, jobId, { reads: saying([messageAt(0, 'there')]) })
      expect((await plannerOf(bed(), tenant, jobId)).thread.map(({ text }) => text)).toEqual(['there'])
    })
  })

  describe('whose gathering is killed', () => {
    const files = [1, 2, 3].map((at) => ({ name: `${at}.csv`, source: `slack:F${at}` }))
    const there = holding({ 'slack:F1': 'one', 'slack:F2': 'two', 'slack:F3': 'three' })
    const killed = new LoomError({ kind: 'cancelled', message: 'Loom is closing.' })

    it.each([
      ['while the thread is read', { reading: true, fetching: 0 }],
      ['before the first file', { reading: false, fetching: 0 }],
      ['between two files', { reading: false, fetching: 2 }],
    ])('%s goes on elsewhere, with every message and file once', async (_, dies) => {
      const tenant = await openTenant(bed())
      const jobId = await openIn(tenant, slackThread(), mentionAt(5, 'Go'))
      const reads = saying([messageAt(0, 'a', { files }), messageAt(1, 'b', { author: bob })])
      let fetched = 0
      const process = new AbortController()
      const die = () => {
        process.abort(killed)
        throw killed
      }
      const first = gather(bed(), tenant, jobId, {
        signal: process.signal,
        reader: async (input) => {
          if (dies.reading) die()
          return reads.reader(input)
        },
        fetchFile: async (input) => {
          if (fetched === dies.fetching) die()
          fetched += 1
          return there(input)
        },
      })
      await expect(first).rejects.toBe(killed)
      await gather(bed(), tenant, jobId, { reads, fetchFile: there })
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.thread.map(({ text }) => text)).toEqual(['a', 'b'])
      expect(task.layers[0]?.map(({ path }) => path)).toEqual([
        'inputs/1.csv',
        'inputs/2.csv',
        'inputs/3.csv',
      ])
      expect(reads.times()).toBe(1)
    })

    it('keeps nothing of a twin that comes late', async () => {
      const tenant = await openTenant(bed())
      const jobId = await openIn(tenant, slackThread(), mentionAt(5, 'Go'))
      const late = await takeGathering(bed(), tenant, jobId)
      await gather(bed(), tenant, jobId, { reads: saying([messageAt(0, 'true')]) })
      const twin = gatherFiles(gatherDeps(tenant, { reads: saying([messageAt(1, 'late')]) }), late)
      await expect(twin).rejects.toMatchObject({ kind: 'lease_lost' })
      expect((await plannerOf(bed(), tenant, jobId)).thread.map(({ text }) => text)).toEqual(['true'])
    })
  })

  describe('of two tenants with the same channel and the same ids', () => {
    it('is two threads, and neither sees the other', async () => {
      const [a, b] = [await openTenant(bed()), await openTenant(bed())]
      const thread = slackThread('same')
      const jobs = {
        a: await openIn(a, thread, mentionAt(3, 'Go')),
        b: await openIn(b, thread, mentionAt(3, 'Go')),
      }
      await gather(bed(), a, jobs.a, { reads: saying([messageAt(0, 'of a')]) })
      await gather(bed(), b, jobs.b, { reads: saying([messageAt(0, 'of b')]) })
      expect((await plannerOf(bed(), a, jobs.a)).thread.map(({ text }) => text)).toEqual(['of a'])
      expect((await plannerOf(bed(), b, jobs.b)).thread.map(({ text }) => text)).toEqual(['of b'])
    })
  })

  describe('in which a message changes', () => {
    const opened = async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const jobId = await openIn(tenant, thread, mentionAt(5, 'Go'))
      const change = (key: string, text: string) =>
        changeThreadMessage(tenant.store, tenant.context, { thread, key, text })
      const texts = async () => (await plannerOf(bed(), tenant, jobId)).thread.map(({ text }) => text)
      return { tenant, thread, jobId, change, texts }
    }
    const old = messageAt(0, 'old')

    it('before the agents begin, they read it as it is now, and nobody needs to be told', async () => {
      const { change, jobId, tenant, texts } = await opened()
      await gather(bed(), tenant, jobId, { reads: saying([old]) })
      expect(await change(old.key, 'new')).toBe(false)
      expect(await texts()).toEqual(['new'])
    })

    it('while they work, what they have read stays, and they are to be told', async () => {
      const { change, jobId, tenant, texts, thread } = await opened()
      await gather(bed(), tenant, jobId, { reads: saying([old]) })
      await bed().admin`update loom.jobs set state = 'running' where id = ${jobId}`
      expect(await change(old.key, 'new')).toBe(true)
      expect(await texts()).toEqual(['old'])
      expect(await change(old.key, 'old')).toBe(false)
      const message = messageAt(9, 'overheard')
      await keepThreadMessage(tenant.store, tenant.context, { thread, message })
      expect(await change(message.key, 'nobody has read it')).toBe(false)
    })

    it('or the prompt is taken back before anybody began, the job is called off in words', async () => {
      const { jobId, tenant, thread } = await opened()
      const { key } = messageAt(5, 'Go')
      expect(await removeThreadMessage(tenant.store, tenant.context, { thread, key })).toBe(true)
      const answer = await loadAnswer(tenant.store, tenant.context, { jobId })
      expect(answer).toMatchObject({
        outcome: 'cancelled',
        markdown: 'The message that asked for this was deleted before the work began, so nothing was done.',
      })
      const late = takeGathering(bed(), tenant, jobId)
      await expect(late).rejects.toThrow('no row')
    })

    it('or is taken back, our copy is emptied: at once, or with the end of the job that read it', async () => {
      const { jobId, tenant, texts, thread } = await opened()
      await gather(bed(), tenant, jobId, { reads: saying([old, messageAt(1, 'stays')]) })
      await bed().admin`update loom.jobs set state = 'running' where id = ${jobId}`
      const remove = () => removeThreadMessage(tenant.store, tenant.context, { thread, key: old.key })
      expect(await remove()).toBe(true)
      expect(await remove()).toBe(false)
      expect(await texts()).toEqual(['old', 'stays'])
      await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
      expect(await texts()).toEqual(['', 'stays'])
      const next = await openIn(tenant, thread, { ...mentionAt(9, 'Again'), saidAtMs: Date.now() + 1_000 })
      await gather(bed(), tenant, next)
      const lines = (await plannerOf(bed(), tenant, next)).thread
      expect(lines.map(({ author, text }) => [author, text])).toEqual([
        ['Ana', 'stays'],
        ['Owner', 'Go'],
        ['Loom', 'Stopped.'],
      ])
    })
  })
})
