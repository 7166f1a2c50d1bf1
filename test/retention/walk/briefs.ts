import { randomUUID } from 'node:crypto'
import type { FileFetcher } from '../../../src/bots/gather.ts'
import { LoomError } from '../../../src/core/errors.ts'
import type { Part } from '../../../src/core/model.ts'
import type { Plan } from '../../../src/core/plan.ts'
import { threadId } from '../../../src/core/thread-id.ts'
import { askApproval } from '../../../src/storage/approvals/ask.ts'
import { acceptMention } from '../../../src/storage/briefs/accept.ts'
import { budgetKeys } from '../../../src/storage/budgets/keys.ts'
import { markShown } from '../../../src/storage/deliveries/settle.ts'
import { giveFeedback } from '../../../src/storage/feedback/give.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { askQuestion } from '../../../src/storage/questions/ask.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../../src/storage/steps/step-commit.ts'
import { claimTasks } from '../../../src/storage/tasks/claim.ts'
import type { HeldTask } from '../../../src/storage/tasks/held.ts'
import { startTasks } from '../../../src/storage/tasks/start.ts'
import { gather, holding } from '../../bots/support/gathering.ts'
import { only, sealerOf, systemOf } from '../../storage/support/bed.ts'
import { commitOf, done, fileOf, stepOf } from '../../storage/support/jobs.ts'
import {
  as,
  type Brief,
  type Host,
  isThere,
  messageOf,
  ofBrief,
  type Person,
  type Stage,
  type Thread,
} from './people.ts'
import { use } from './record.ts'

export type Way =
  /** Its files are never fetched and nobody works on it. */
  | 'left'
  /** It rests on a question and an approval. */
  | 'waits'
  | 'answered'

/** A brief from its mention to where it is left, with a canary in every place that it writes to. */
export async function runBrief(
  stage: Stage,
  host: Host,
  input: { by: Person; thread: Thread | undefined; way: Way },
): Promise<void> {
  const { by, way } = input
  const thread = input.thread ?? openThread(stage, host)
  const asked = await ask(stage, host, { by, thread })
  if (!asked || way === 'left') return
  const { brief } = asked
  const tenant = as(host, by)
  const reason = stage.recorder.canary(ofBrief(stage, host, brief))
  const fetchFile: FileFetcher = (...given) =>
    holding(asked.contents)(...given).catch(() => {
      throw new LoomError({ kind: 'invalid_input', message: reason })
    })
  await gather(stage.world.bed, tenant, brief.jobId, { fetchFile })
  // What others said in the thread is its context from now on.
  const { people } = stage.recorder.past.briefs.get(brief.briefId) ?? { people: new Map<string, number>() }
  for (const [personId, sinceMs] of asked.overheard)
    people.set(personId, Math.min(sinceMs, people.get(personId) ?? sinceMs))
  const tasks = await plan(stage, host, brief)
  await workOn(stage, host, brief, tasks)
  await comment(stage, host, brief, by)
  if (way === 'answered') await endBrief(stage, host, brief)
}

function openThread({ recorder, world }: Stage, host: Host): Thread {
  const { tenantId } = host.tenant
  const held = { kind: 'subject', tenantId, madeMs: world.clock.now() } as const
  const holdingOfIt = { ...held, subjectId: '' }
  const address = threadId('local', 'terminal', recorder.canary(holdingOfIt))
  holdingOfIt.subjectId = address
  const thread: Thread = { address, said: [], briefs: [] }
  host.threads.push(thread)
  return thread
}

async function ask(
  stage: Stage,
  host: Host,
  { by, thread }: { by: Person; thread: Thread },
): Promise<
  { brief: Brief; contents: Record<string, string>; overheard: ReadonlyMap<string, number> } | undefined
> {
  const { recorder, world } = stage
  const { tenant } = host
  const isFresh = thread.said.length === 0
  const before = takenBefore(stage, host, thread)
  const said = messageOf(stage, host, { thread, by: by.identityId })
  const [kept, refused] = [0, 1].map(() => ({
    name: recorder.canary(said),
    source: `walk:${recorder.canary(said)}`,
  }))
  if (!kept || !refused) throw new Error('no files')
  const words = [kept, refused].flatMap(({ name, source }) => [name, source.slice('walk:'.length)])
  const content = recorder.canary()
  const text = recorder.canary(said)
  const accepted = await acceptMention(tenant.store, as(host, by).context, {
    mention: {
      ...{ thread: thread.address, key: randomUUID(), author: { externalId: 'unused' } },
      text,
      files: [kept, refused].map(({ name, source }) => ({ name: `${name}.csv`, source })),
      saidAtMs: world.clock.now(),
    },
    installationId: tenant.installationId,
    identityId: by.identityId,
  })
  if (accepted.kind !== 'job') throw new Error(`a brief was ${accepted.kind}`)
  world.bell.ring(accepted.first)
  const { jobId } = accepted
  const opened = {
    ...{ briefId: jobId, jobId, thread, madeMs: world.clock.now() },
    passedOn: [...words, content, ...before.passedOn],
  }
  const people = new Map([[by.identityId, world.clock.now()]])
  recorder.past.briefs.set(jobId, { people, takes: before.takes })
  const brief: Brief = { ...opened, holding: ofBrief(stage, host, opened) }
  thread.briefs.push(brief)
  for (const canary of [kept.name, refused.name]) recorder.also(canary, ofBrief(stage, host, brief))
  for (const { source } of [kept, refused])
    recorder.also(source.slice('walk:'.length), ofBrief(stage, host, brief, { isOptional: true }))
  // The words are the title until there is a plan.
  for (const canary of [content, text])
    recorder.also(canary, ofBrief(stage, host, brief, { isOptional: true }))
  if (!isFresh) {
    for (const canary of before.passedOn)
      recorder.also(canary, ofBrief(stage, host, brief, { isOptional: true }))
  }
  for (const canary of before.names) recorder.also(canary, ofBrief(stage, host, brief, { isOptional: true }))
  return { brief, contents: { [kept.source]: content }, overheard: before.people }
}

/** What stands in the thread that a brief takes: whose words, what of earlier briefs, and what people are called. */
function takenBefore(stage: Stage, host: Host, thread: Thread) {
  const { past } = stage.recorder
  const read = thread.said.filter(({ by, holding: said }) => {
    const who = host.people.find(({ identityId }) => identityId === by)
    return isThere(stage, said) && !who?.isIgnored
  })
  const people = new Map<string, number>()
  for (const { by, holding: said } of read)
    if (by) people.set(by, Math.min(said.madeMs, people.get(by) ?? said.madeMs))
  const last = thread.briefs.findLast((brief) => isThere(stage, brief.holding))
  return {
    people,
    takes: [...read.flatMap(({ answerOf }) => answerOf ?? []), ...(last ? [last.briefId] : [])],
    passedOn: thread.briefs.flatMap((brief) => brief.passedOn),
    names: host.people.flatMap(({ names }) =>
      names.flatMap((name) =>
        [...past.holdings].flatMap(([canary, held]) => (held.includes(name) ? [canary] : [])),
      ),
    ),
  }
}

async function hold(stage: Stage, host: Host, input: { jobId: string; holder: string }): Promise<HeldTask[]> {
  const { holder, jobId } = input
  const { tenant } = host
  const claimed = await claimTasks(tenant.store, { lane: 'worker', holder, limit: 5_000, leaseMs: 60_000 })
  await stage.world.bed.admin`
    update loom.ready_tasks set holder = null, lease_until = null where holder = ${holder} and job_id <> ${jobId}`
  const own = claimed.filter((task) => task.jobId === jobId)
  await startTasks(tenant.store, systemOf(tenant), { tasks: own })
  return own
}

async function plan(stage: Stage, host: Host, brief: Brief): Promise<{ holder: string; tasks: HeldTask[] }> {
  const { recorder } = stage
  const holder = randomUUID()
  const { jobId } = brief
  const fresh = () => recorder.canary(ofBrief(stage, host, brief))
  const tasks = ['a', 'b', 'c'].map((key) => ({
    ...{ key, title: fresh(), objective: fresh(), output: fresh(), files: [], needs: [] },
    tier: 'standard' as const,
  }))
  const made: Plan = { title: fresh(), tasks }
  const planner = only(await hold(stage, host, { jobId, holder }))
  await commit(
    host,
    brief,
    { holder, held: planner },
    { outcome: { state: 'done', result: fresh(), plan: made } },
  )
  return { holder, tasks: await hold(stage, host, { jobId, holder }) }
}

async function commit(
  host: Host,
  brief: Brief,
  by: { holder: string; held: HeldTask },
  part: Partial<StepCommit>,
): Promise<void> {
  const { tenant } = host
  const keys = budgetKeys({ jobId: brief.jobId, createdAtMs: brief.madeMs, address: brief.thread.address })
  const [result] = await commitSteps(tenant.store, systemOf(tenant), {
    holder: by.holder,
    commits: [commitOf(by.held, keys, part)],
  })
  if (!result?.held) throw new Error('a step was not kept')
}

/** One agent asks a person, one asks for a button, one comes to its end with files. */
async function workOn(
  stage: Stage,
  host: Host,
  brief: Brief,
  { holder, tasks }: { holder: string; tasks: HeldTask[] },
): Promise<void> {
  const [first, second, third] = tasks
  if (!first || !second || !third) throw new Error('the plan has three tasks')
  const { tenant } = host
  const fresh = () => stage.recorder.canary(ofBrief(stage, host, brief))
  const files = await writeFiles(stage, host, brief)
  const result: Part = {
    type: 'tool_result',
    callId: 'c',
    name: 'read_file',
    isError: false,
    content: [{ type: 'text', text: fresh() }],
  }
  const step = stepOf({ reply: [{ type: 'text', text: fresh() }], results: [result], activity: fresh() })
  await commit(host, brief, { holder, held: third }, { step, files })
  await commit(
    host,
    brief,
    { holder, held: third },
    {
      summary: { id: randomUUID(), ordinal: 0, standsForBefore: 0, text: fresh() },
      ...done(fresh()),
    },
  )
  for (const held of [first, second]) {
    const asks = stepOf({ state: 'replied', reply: [{ type: 'text', text: fresh() }], activity: fresh() })
    await commit(host, brief, { holder, held }, { step: asks })
    const call = { task: held, holder, stepId: asks.id, callId: 'call' }
    if (held === first) {
      await askQuestion(tenant.store, systemOf(tenant), {
        ...call,
        question: { text: fresh(), choices: [fresh()] },
      })
    } else {
      const request = { tool: 'send_mail', input: { to: fresh() }, request: fresh() }
      await askApproval(tenant.store, systemOf(tenant), { ...call, request })
    }
  }
  await noteFiles(stage, host, brief)
}

/** Two final files and one that is none, each with a canary in its name and one in its bytes. */
async function writeFiles(stage: Stage, host: Host, brief: Brief) {
  const { recorder } = stage
  const { tenantId } = host.tenant
  const paths = ['final/', 'final/', '']
  return Promise.all(
    paths.map(async (folder, at) => {
      const isFinal = at < 2
      const ofFile = ofBrief(stage, host, brief, { kind: 'file', fileId: `${brief.jobId}:${at}` })
      const name = recorder.canary(ofBrief(stage, host, brief), ...(isFinal ? [ofFile] : []))
      const content = recorder.canary(ofBrief(stage, host, brief), ...(isFinal ? [ofFile] : []))
      if (isFinal) brief.passedOn.push(name, content)
      const file = fileOf(`${folder}${name}.md`, content)
      const key = objectKeys.blob({ tenantId, jobId: brief.jobId }, file.sha256)
      await host.tenant.store.objects.put(key, Buffer.from(content), { mediaType: 'text/markdown' })
      if (isFinal) host.files.push({ artifactId: '', sha256: file.sha256, holding: ofFile })
      return file
    }),
  )
}

/** The ids under which the files can be starred. */
async function noteFiles({ world }: Stage, host: Host, brief: Brief): Promise<void> {
  const rows = await world.bed.admin`select id, sha256 from loom.artifacts where job_id = ${brief.jobId}`
  for (const file of host.files) {
    const row = rows.find(({ sha256 }) => sha256 === file.sha256)
    if (row && file.artifactId === '') file.artifactId = String(row.id)
  }
}

/** What somebody thinks of it, and where its card stands on the platform. */
async function comment(stage: Stage, host: Host, brief: Brief, by: Person): Promise<void> {
  const { tenant } = host
  const { admin } = stage.world.bed
  const fresh = () => stage.recorder.canary(ofBrief(stage, host, brief))
  await giveFeedback(tenant.store, as(host, by).context, { jobId: brief.jobId, value: 1 })
  const given = only(await admin`select id from loom.feedback where job_id = ${brief.jobId}`)
  const words = (await sealerOf(tenant)).seal(`feedback.comment:${given.id}`, fresh())
  await admin`update loom.feedback set comment_sealed = ${words} where id = ${given.id}`
  const [card] = await admin`select id from loom.deliveries where job_id = ${brief.jobId} and kind = 'card'`
  const shown = { ref: fresh(), shownSeq: 0, last: false, nextInMs: 60_000 }
  await markShown(tenant.store, { deliveryId: String(card?.id), tenantId: tenant.tenantId, ...shown })
}

/** Somebody stops it, with an answer. */
export async function endBrief(stage: Stage, host: Host, brief: Brief): Promise<void> {
  const { tenant } = host
  const said = messageOf(stage, host, { thread: brief.thread, answerOf: brief })
  const answer = stage.recorder.canary(said)
  await stopJob(tenant.store, systemOf(tenant), { jobId: brief.jobId, state: 'done', answer })
}

/** One more word to a brief at work: what somebody says in its thread. */
export async function sayTo(stage: Stage, host: Host, brief: Brief, by: Person): Promise<void> {
  const { recorder, world } = stage
  const { tenant } = host
  const said = messageOf(stage, host, { thread: brief.thread, by: by.identityId })
  const { people } = recorder.past.briefs.get(brief.briefId) ?? { people: new Map() }
  if (!people.has(by.identityId)) people.set(by.identityId, world.clock.now())
  const held = ofBrief(stage, host, brief)
  use(recorder.past, by.identityId, held)
  await acceptMention(tenant.store, as(host, by).context, {
    mention: {
      ...{ thread: brief.thread.address, key: randomUUID(), author: { externalId: 'unused' } },
      ...{ text: recorder.canary(said), files: [], saidAtMs: world.clock.now() },
    },
    installationId: tenant.installationId,
    identityId: by.identityId,
  })
}
