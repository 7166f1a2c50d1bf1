import { createHash, randomUUID } from 'node:crypto'
import { type FileFetcher, type GatherDeps, gatherFiles } from '../../../src/bots/gather.ts'
import type { ReadMessage, ThreadReader } from '../../../src/bots/read-history.ts'
import type { Mention, ThreadMessage } from '../../../src/core/brief.ts'
import { LoomError } from '../../../src/core/errors.ts'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import type { TaskRun } from '../../../src/storage/leases/runner.ts'
import { claimTasks } from '../../../src/storage/tasks/claim.ts'
import { loadTasks } from '../../../src/storage/tasks/load.ts'
import type { LoadedTask } from '../../../src/storage/tasks/loaded.ts'
import { startTasks } from '../../../src/storage/tasks/start.ts'
import { mediaTypeOf } from '../../../src/swarm/workspace/media-type.ts'
import { earlierInputName, safeInputName } from '../../../src/swarm/workspace/path.ts'
import { only, systemOf, type Tenant } from '../../storage/support/bed.ts'
import { accept } from '../../storage/support/jobs.ts'
import type { TestBed } from '../../support/store.ts'

/** The moment of the first message of a thread; the others follow minute by minute. */
export const begin = Date.UTC(2026, 10, 24, 9, 0)

export function slackThread(ts = `17000.${randomUUID().slice(0, 6)}`, channel = 'C1'): ThreadId {
  return threadId('slack', channel, ts)
}

/** A message at the given minute of its thread, by a person of that name. */
export function messageAt(minute: number, text: string, part: Partial<ThreadMessage> = {}): ThreadMessage {
  return {
    key: `slack:T1:C1:${minute}`,
    author: { kind: 'person', externalId: 'U-ana', name: 'Ana' },
    text,
    files: [],
    saidAtMs: begin + minute * 60_000,
    ...part,
  }
}

/** The mention that comes at a minute of its thread, with all that was said before on the platform alone. */
export function mentionAt(minute: number, text: string, part: Partial<Mention> = {}): Partial<Mention> {
  const { key, saidAtMs } = messageAt(minute, text)
  return { key, saidAtMs, text, hasHistory: true, ...part }
}

export interface Reads {
  reader: ThreadReader
  /** How often the thread was read. */
  times(): number
}

/** A platform on which this was said. */
export function saying(messages: readonly ReadMessage[]): Reads {
  let times = 0
  const reader: ThreadReader = async ({ known, untilMs }) => {
    if (known) return { messages: [] }
    times += 1
    return { messages: messages.filter(({ order, saidAtMs }) => order || saidAtMs <= untilMs) }
  }
  return { reader, times: () => times }
}

/** Files by their sources; what is not there is refused. */
export function holding(files: Readonly<Record<string, string>>): FileFetcher {
  return async ({ key, objects, source }) => {
    const text = files[source]
    if (text === undefined) throw new LoomError({ kind: 'not_found', message: 'It is gone.' })
    const body = Buffer.from(text)
    const sha256 = createHash('sha256').update(body).digest('hex')
    await objects.put(key(sha256), body, { mediaType: 'application/octet-stream' })
    return { sha256, bytes: body.length, head: body }
  }
}

/** What a bot process has in its hands: the gathering task of a job, under a lease of its own. */
export async function takeGathering(
  bed: TestBed,
  tenant: Tenant,
  jobId: string,
  signal = new AbortController().signal,
): Promise<TaskRun> {
  const holder = randomUUID()
  // Whoever held it is gone.
  await bed.admin`update loom.ready_tasks set holder = null, lease_until = null where job_id = ${jobId}`
  const claimed = await claimTasks(tenant.store, { lane: 'bot', holder, limit: 200, leaseMs: 60_000 })
  const held = only(claimed.filter((task) => task.jobId === jobId))
  await startTasks(tenant.store, systemOf(tenant), { tasks: [held] })
  const task = only(await loadTasks(tenant.store, systemOf(tenant), { taskIds: [held.taskId] }))
  return { held, holder, task, signal }
}

export function gatherDeps(
  tenant: Tenant,
  part: { reads?: Reads; reader?: ThreadReader; fetchFile?: FileFetcher } = {},
): GatherDeps {
  const { fetchFile = holding({}), reader, reads } = part
  const slack = reader ?? reads?.reader
  return {
    store: tenant.store,
    fetchFile,
    ...(slack ? { threadReaders: { slack } } : {}),
    nameFor: safeInputName,
    earlierNameFor: earlierInputName,
    mediaTypeOf,
    onDone: () => undefined,
  }
}

/** Gathers a job's brief to its end, as one process that nothing happens to. */
export async function gather(
  bed: TestBed,
  tenant: Tenant,
  jobId: string,
  part: Parameters<typeof gatherDeps>[1] & { signal?: AbortSignal } = {},
): Promise<void> {
  await gatherFiles(gatherDeps(tenant, part), await takeGathering(bed, tenant, jobId, part.signal))
}

/** A job in a thread of Slack, as its mention opens it. */
export async function openIn(tenant: Tenant, thread: ThreadId, part: Partial<Mention>): Promise<string> {
  const accepted = await accept(tenant, { thread, ...part })
  if (accepted.kind !== 'job') throw new Error(`expected a job, got ${accepted.kind}`)
  return accepted.jobId
}

/** The job as the agent sees it that plans it. */
export async function plannerOf(bed: TestBed, tenant: Tenant, jobId: string): Promise<LoadedTask> {
  const { id } = only(await bed.admin`select id from loom.tasks where job_id = ${jobId} and kind = 'plan'`)
  return only(await loadTasks(tenant.store, systemOf(tenant), { taskIds: [id] }))
}
