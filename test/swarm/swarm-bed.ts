import { randomBytes } from 'node:crypto'
import { inject, vi } from 'vitest'
import { receiveMention } from '../../src/bots/inbox.ts'
import { parseConfig } from '../../src/config.ts'
import { LoomError } from '../../src/core/errors.ts'
import { isEnded, type JobState } from '../../src/core/job-states.ts'
import type { Message, ModelPort, ModelReply, ModelRequest, Part, Usage } from '../../src/core/model.ts'
import { freeOfCharge, priceOf } from '../../src/core/prices.ts'
import { threadId } from '../../src/core/thread-id.ts'
import type { Tool } from '../../src/core/workspace.ts'
import { openParts, type Parts } from '../../src/roles/parts.ts'
import { startWorker, type WorkerRole } from '../../src/roles/worker.ts'
import type { Store, TenantContext } from '../../src/storage/database.ts'
import { loadAnswer } from '../../src/storage/jobs/answer.ts'
import { type Account, openAccount } from '../../src/storage/tenants/create.ts'
import type { ModelChoice } from '../../src/swarm/models/choice.ts'
import type { ModelRouter } from '../../src/swarm/models/router.ts'
import type { Assignment } from '../../src/swarm/prompts.ts'
import { openTestBed, silentLog, type TestBed } from '../support/store.ts'

type Turn =
  | { parts: readonly Part[]; stop?: ModelReply['stop']; usage?: Partial<Usage> }
  | ((request: ModelRequest, signal: AbortSignal) => ReturnTurn | Promise<ReturnTurn>)
type ReturnTurn = { parts: readonly Part[]; stop?: ModelReply['stop']; usage?: Partial<Usage> }

/** The turns of each agent, by what it does: `plan`, `synthesize`, `review`, `replan`, or the key of its task. */
export type Script = Readonly<Record<string, readonly Turn[]>>

export interface ScriptedModel extends ModelPort {
  /** Its name at its provider, by which it is priced. */
  model: string
  requests: { who: string; request: ModelRequest }[]
  /** Throws when a call came too many or a turn was left over. */
  done(): void
}

export const priced = { provider: 'anthropic', model: 'claude-haiku-4-5' } as const

/** What a script that is about something else leaves out: the check of an answer, and a look at the plan again. */
const unscripted: Readonly<Record<string, Turn>> = {
  review: () => ({ parts: [call('submit_review', { ok: true, faults: [] })] }),
  replan: () => say('The plan stays as it is.'),
}

/** A model that says what stands in its script and nothing else. */
export function scriptedModel(
  script: Script,
  options: { provider?: string; model?: string; inputTokens?: number } = {},
): ScriptedModel {
  const { inputTokens = 0, model = 'rehearsal', provider = 'rehearsal' } = options
  const left = new Map(Object.entries(script).map(([who, turns]) => [who, [...turns]]))
  const tooMany: string[] = []
  const requests: ScriptedModel['requests'] = []
  return {
    provider,
    label: provider,
    model,
    countTokens: () => inputTokens,
    requests,
    async call(request, signal) {
      const who = whoAsks(request)
      requests.push({ who, request })
      const turn = left.get(who)?.shift() ?? (who in script ? undefined : unscripted[who])
      if (!turn) {
        tooMany.push(who)
        throw new LoomError({ kind: 'invalid_input', message: `The script has no more turns for ${who}.` })
      }
      const said = typeof turn === 'function' ? await turn(request, signal) : turn
      return {
        provider,
        model,
        parts: said.parts,
        stop: said.stop ?? (said.parts.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end'),
        usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, ...said.usage },
      }
    },
    done() {
      const over = [...left].filter(([, turns]) => turns.length > 0).map(([who]) => who)
      if (tooMany.length > 0) throw new Error(`calls too many: ${tooMany.join(', ')}`)
      if (over.length > 0) throw new Error(`turns left over: ${over.join(', ')}`)
    },
  }
}

/** A model as the only one that there is, whatever the tier. */
export function onlyModel(...models: (ModelPort & { model?: string })[]): ModelRouter {
  const choices = models.map((port): ModelChoice => {
    const { model = 'rehearsal', provider } = port
    return { port, model, price: priceOf(provider, model) ?? freeOfCharge, account: provider }
  })
  return { choices: async () => choices }
}

export function assignmentOf(message: Message | undefined): Assignment {
  const texts = (message?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return JSON.parse(texts[3] ?? '{}')
}

function whoAsks(request: ModelRequest): string {
  if (request.purpose !== 'work') return request.purpose
  return assignmentOf(request.messages[0]).task?.key ?? 'work'
}

let calls = 0
export const call = (name: string, input: unknown): Part => {
  calls += 1
  return { type: 'tool_call', id: `call-${calls}`, name, input }
}
export const say = (text: string): { parts: Part[] } => ({ parts: [{ type: 'text', text }] })
export const plan = (...tasks: (string | { key: string; needs: string[] })[]): { parts: Part[] } => ({
  parts: [
    call('submit_plan', {
      title: 'A plan',
      tasks: tasks
        .map((task) => (typeof task === 'string' ? { key: task, needs: [] } : task))
        .map(({ key, needs }) => ({ key, title: `Task ${key}`, objective: `Do ${key}`, needs })),
    }),
  ],
})

/** What came back to the model for its last calls. */
export function lastResults(request: ModelRequest): { text: string; isError: boolean }[] {
  return (request.messages.at(-1)?.parts ?? []).flatMap((part) =>
    part.type === 'tool_result'
      ? [
          {
            isError: part.isError,
            text: part.content.map((item) => (item.type === 'text' ? item.text : '')).join(''),
          },
        ]
      : [],
  )
}

export interface Person {
  account: Account
  context: TenantContext
  store: Store
  /** Says something in a thread of its own; answers the job's id. */
  ask(text: string, options?: { capMicroUsd?: number }): Promise<string>
  state(jobId: string): Promise<JobState>
  /** Waits until the job ended, and answers its answer. */
  answer(jobId: string): Promise<NonNullable<Awaited<ReturnType<typeof loadAnswer>>>>
}

/** The real parts over a database of its own, without a terminal: runner, committer, storage and queue as they are. */
export async function openSwarm() {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const bed: TestBed = await openTestBed(server)
  const config = parseConfig({ DATABASE_URL: bed.url, LOOM_HOME: bed.home })
  const parts: Parts = await openParts({ config, log: silentLog, say: () => undefined })
  const store = parts.openStore('loom_app')
  const workers: WorkerRole[] = []
  // One pool and one answer to the bell for all of them: both cost more than most tests.
  const workerStore = parts.openStore('loom_worker')
  const wakes = new Set<() => boolean>()
  await parts.answer('worker', () => [...wakes].reverse().some((wake) => wake()))
  const shared: Partial<Parts> = {
    openStore: (role) => (role === 'loom_worker' ? workerStore : parts.openStore(role)),
    async answer(_lane, wake) {
      wakes.add(wake)
      wake()
    },
  }
  const closeWorkers = async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close({ boundMs: 100 })))
    wakes.clear()
  }
  return {
    bed,
    parts,
    store,
    async work(
      model: ModelPort | readonly ModelPort[],
      options: {
        slots?: number
        beatMs?: number
        parts?: Partial<Parts>
        tools?: readonly Tool[]
      } = {},
    ) {
      const models = onlyModel(...[model].flat())
      const { parts: other, slots = 64, ...rest } = options
      const worker = await startWorker({ ...parts, ...shared, ...other }, { models, slots, ...rest })
      workers.push(worker)
      return worker
    },
    person: async (): Promise<Person> => {
      const account = await openAccount(store, {
        platform: 'local',
        kind: 'local',
        externalId: randomBytes(8).toString('hex'),
        installer: { externalId: 'owner', name: 'Owner' },
      })
      return personOf(parts, store, account)
    },
    /** Ends the workers and forgets what they did, for the next test of a file. */
    async clear() {
      await closeWorkers()
      await bed.empty()
    },
    async close() {
      await closeWorkers()
      await parts.close()
      await bed.close()
    },
  }
}

export type Swarm = Awaited<ReturnType<typeof openSwarm>>

function personOf(parts: Parts, store: Store, account: Account): Person {
  const { identityId, tenantId } = account
  const context = { tenantId, actor: { kind: 'person', identityId } } as const
  const state = async (jobId: string): Promise<JobState> => {
    const rows = await store.sql.begin(async (sql) => {
      await sql`select set_config('loom.tenant', ${tenantId}, true)`
      return sql<{ state: JobState }[]>`select state from loom.jobs where id = ${jobId}`
    })
    return rows[0]?.state ?? 'failed'
  }
  return {
    account,
    context,
    store,
    state,
    async ask(text, options = {}) {
      const thread = threadId('local', 'test', store.newId())
      const mention = {
        thread,
        key: thread,
        author: { externalId: 'owner', name: 'Owner' },
        text,
        files: [],
        saidAtMs: Date.now(),
        ...options,
      }
      const { jobId } = await receiveMention(
        { store, ring: parts.ring, log: silentLog },
        { account, mention },
      )
      return jobId ?? ''
    },
    async answer(jobId) {
      await vi.waitUntil(async () => isEnded(await state(jobId)), { timeout: 30_000, interval: 20 })
      const answer = await loadAnswer(store, context, { jobId })
      if (!answer) throw new Error('the job ended without an answer')
      return answer
    },
  }
}
