import { randomUUID } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { starArtifact } from '../../src/storage/artifacts/change.ts'
import { forgetPerson, weighForgetting } from '../../src/storage/erasure/forget-person.ts'
import { ensurePerson } from '../../src/storage/identities/ensure.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { objectKeys } from '../../src/storage/objects/keys.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { gather } from '../bots/support/gathering.ts'
import { eraseAll } from '../storage/erasure/support.ts'
import { openTenant, systemOf, type Tenant, useBed } from '../storage/support/bed.ts'
import { accept, commitOf, done, fileOf, openJob, stepOf, workingTask } from '../storage/support/jobs.ts'
import { createClock } from '../support/clock.ts'
import { countOf, keysOf, runPurge } from './support.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { keepRows: true, clock })
const days = 90.3

const answers = async (jobId: string): Promise<number> => {
  const [row] = await bed().admin`
    select count(*)::int as many from loom.jobs j join loom.brief_messages c on c.brief_id = j.brief_id
    join loom.messages m on m.id = c.message_id where j.id = ${jobId} and m.author = 'loom'`
  return Number(row?.many)
}

/** A brief of the tenant that wrote a file, which is starred; `joins` says a word in its thread while it works. */
async function starredFile(tenant: Tenant, content: string, joins?: Tenant): Promise<void> {
  const holder = randomUUID()
  const { held, jobId, keys, thread } = await workingTask(bed(), tenant, { holder, graph: { a: [] } })
  if (joins) await accept(joins, { thread, text: 'what Ada knows' })
  const file = fileOf('final/report.md', content)
  const key = objectKeys.blob({ tenantId: tenant.tenantId, jobId }, file.sha256)
  await bed().store().objects.put(key, Buffer.from(content), { mediaType: 'text/markdown' })
  const commit = commitOf(held, keys, { step: stepOf(), files: [file], ...done() })
  await commitSteps(tenant.store, systemOf(tenant), { holder, commits: [commit] })
  await stopJob(tenant.store, systemOf(tenant), { jobId, state: 'done', answer: 'The answer.' })
  const [artifact] = await bed().admin<
    { id: string }[]
  >`select id from loom.artifacts where job_id = ${jobId}`
  await starArtifact(tenant.store, tenant.context, { artifactId: artifact?.id ?? '' })
}

it('a starred file that was made of somebody’s words is forgotten with them, also when its brief has gone by age', async () => {
  await clock.goTo(0)
  const tenant = await openTenant(bed())
  const { store, tenantId } = tenant
  const { identityId } = await ensurePerson(store, systemOf(tenant), {
    ...{ platform: 'local', externalId: 'ada', name: 'Ada' },
  })
  const ada: Tenant = { ...tenant, identityId, context: { tenantId, actor: { kind: 'person', identityId } } }
  await starredFile(tenant, 'made of what Ada knows', ada)
  await starredFile(tenant, 'made without her')

  await clock.goTo(days)
  await runPurge(bed())
  const left = async () => [
    await countOf(bed(), 'briefs', tenantId),
    await countOf(bed(), 'artifacts', tenantId),
  ]
  expect(await left()).toEqual([0, 2])
  expect(await weighForgetting(store, ada.context, ada)).toMatchObject({ briefs: 0, files: 1 })

  await forgetPerson(store, ada.context, ada)
  await eraseAll(bed(), { store, aheadMs: days * 86_400_000 })
  expect(await left()).toEqual([0, 1])
  const { sha256 } = fileOf('final/report.md', 'made without her')
  expect((await keysOf(bed())).map((key) => key.split('/').at(-1))).toEqual([sha256])
  expect(await countOf(bed(), 'job_people', tenantId)).toBe(1)
})

it('an answer is read by a later brief until its own is over its time, and not until the night that removes it', async () => {
  const tenant = await openTenant(bed())
  const readOn = async (day: number): Promise<number> => {
    await clock.goTo(0)
    const { jobId, thread } = await workingTask(bed(), tenant, { holder: randomUUID(), graph: { a: [] } })
    await clock.goTo(10)
    await stopJob(tenant.store, systemOf(tenant), { jobId, state: 'done', answer: 'The answer.' })
    await clock.goTo(day)
    const later = await openJob(bed(), tenant, { thread })
    await gather(bed(), tenant, later.jobId)
    return answers(later.jobId)
  }
  expect(await readOn(89.9)).toBe(1)
  expect(await readOn(90.1)).toBe(0)
})
