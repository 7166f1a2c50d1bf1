import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { parseConfig } from '../../src/config.ts'
import type { Log } from '../../src/core/ports.ts'
import { openParts } from '../../src/roles/parts.ts'
import { createActor } from './actions.ts'
import { type AcceptedBrief, openAccounts, sendBrief } from './briefs.ts'
import { environment, startProcesses } from './cast.ts'
import { violationsOf } from './checks.ts'
import { collect } from './collect.ts'
import { crashesIn } from './crashes.ts'
import { startChaosModel } from './model/server.ts'
import { anthropicWire, openAiWire } from './model/wires.ts'
import { startPlatform } from './platform.ts'
import { sayEveryMs, stillHeld, tell } from './progress.ts'
import { watchRecovery } from './recovery.ts'
import { figures } from './report.ts'
import { type PlannedBrief, scheduleOf } from './schedule.ts'
import { openServers } from './servers.ts'

/** How long nothing may end or go on, once nothing is done to Loom any more, before the rest counts as stuck. */
const stuckMs = 90_000

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

/** Runs everything that the seed says in `folder`; answers the figures and what was found to be wrong. */
export async function runChaos(input: {
  seed: string
  lengthMs: number
  killsPerMinute: number
  folder: string
  say: (line: string) => void
}): Promise<{ figures: string[]; violations: string[] }> {
  const { folder, killsPerMinute, lengthMs, say, seed } = input
  await using stack = new AsyncDisposableStack()
  const startedAtMs = performance.now()
  const [servers, anthropic, openai, platform] = await Promise.all([
    openServers(),
    startChaosModel({ wire: anthropicWire, seed }),
    startChaosModel({ wire: openAiWire, seed }),
    startPlatform({ seed }),
  ])
  for (const each of [servers, anthropic, openai, platform]) stack.defer(() => each.close())
  const home = path.join(folder, 'home')
  const logs = path.join(folder, 'logs')
  await mkdir(logs)
  const direct = { DATABASE_URL: servers.postgres.directUrl, REDIS_URL: servers.redis.directUrl }
  const config = parseConfig({ ...direct, LOOM_HOME: home })
  const parts = await openParts({ config, log: silent, say: () => undefined })
  stack.defer(() => parts.close())
  const store = parts.openStore('loom_app')
  const admin = postgres(servers.postgres.directUrl, {
    ...{ max: 4, onnotice: () => undefined, connect_timeout: 5 },
    backoff: () => 0.2,
  })
  stack.defer(() => admin.end({ timeout: 2 }))
  const accounts = await openAccounts(store)

  const env = environment({ home, servers, anthropic, openai })
  const { processes, ...roles } = startProcesses({ env, logs, platform })
  stack.defer(async () => void (await Promise.all(processes.map((each) => each.close()))))
  const watch = watchRecovery(admin)
  const act = createActor({
    ...{ ...roles, servers, anthropic, openai },
    onWorkerKilled: watch.workerKilled,
    onDatabaseBack: watch.databaseBack,
  })

  const { actions, briefs } = scheduleOf({ seed, lengthMs, killsPerMinute })
  const done = new Map<string, number>()
  const accepted: AcceptedBrief[] = []
  const refused: string[] = []
  const send = async (brief: PlannedBrief): Promise<void> => {
    const account = accounts.get(brief.tenant)
    if (!account) return
    const deps = { store, ring: parts.ring, log: silent, folder }
    await sendBrief(deps, { account, brief }).then(
      (one) => void accepted.push(one),
      (thrown) => void refused.push(`a brief was not taken: ${String(thrown)}`),
    )
  }
  const beganAtMs = performance.now()
  const elapsedMs = () => performance.now() - beganAtMs
  const at = async (ms: number, work: () => Promise<unknown>) => {
    await sleep(Math.max(0, ms - elapsedMs()))
    await work()
  }
  const everything = Promise.all([
    ...briefs.map((brief) => at(brief.atMs, () => send(brief))),
    ...actions.map((action) =>
      at(action.atMs, async () => {
        const name = (await act(action)) ? action.kind : 'not possible then'
        done.set(name, (done.get(name) ?? 0) + 1)
      }),
    ),
  ])

  const news = async (): Promise<{ left: number; moved: number }> => {
    const [row] = await admin<{ ended: number; steps: number; due: number }[]>`
      select (select count(*) from loom.jobs where ended_at is not null)::int as ended,
             (select count(*) from loom.steps)::int as steps,
             (select count(*) from loom.due_deliveries)::int as due`
    if (!row) return { left: 1, moved: 0 }
    const doneSoFar = [...done.values()].reduce((sum, times) => sum + times, 0)
    const calls = anthropic.calls() + openai.calls()
    say(
      `${Math.round(elapsedMs() / 1_000)} s: ${accepted.length} accepted, ${row.ended} ended, ${row.steps} steps, ${calls} model calls, ${doneSoFar} of ${actions.length} actions`,
    )
    return { left: accepted.length - row.ended + row.due, moved: row.steps + row.ended - row.due }
  }
  const telling = new AbortController()
  const told = tell(() => news(), telling.signal)
  await everything
  telling.abort()
  await told
  let before = -1
  for (let movedAtMs = performance.now(); performance.now() - movedAtMs < stuckMs; ) {
    const { left, moved } = await news().catch(() => ({ left: 1, moved: before }))
    if (left === 0) break
    if (moved !== before) movedAtMs = performance.now()
    before = moved
    await sleep(sayEveryMs)
  }
  const lost = watch.open()
  for (const line of await stillHeld(admin)) say(line)
  say(`${anthropic.open() + openai.open()} model calls are not answered`)
  const recovery = await watch.close()
  const ownEnds = processes.reduce((sum, each) => sum + each.ownEnds(), 0)
  // Closed first: nothing may move any more while it is looked at.
  await Promise.all(processes.map((each) => each.close()))
  const wrongCalls = [...anthropic.wrong(), ...openai.wrong()]
  const seen = await collect({
    ...{ admin, store, wrongCalls },
    objects: parts.objects,
    briefs: accepted,
    posts: platform.posts(),
  })
  return {
    violations: [
      ...refused,
      ...(lost > 0 ? [`${lost} tasks of killed workers were never taken`] : []),
      ...(await crashesIn(logs)),
      ...violationsOf(seen),
    ],
    figures: figures(seen, {
      ...{ ownEnds, recovery, actions: done },
      seconds: (performance.now() - startedAtMs) / 1_000,
      modelCalls: anthropic.calls() + openai.calls(),
      faults: sumUp(anthropic.faults(), openai.faults()),
      platform: platform.counts(),
    }),
  }
}

function sumUp(...counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>()
  for (const [name, times] of counts.flatMap((one) => [...one])) all.set(name, (all.get(name) ?? 0) + times)
  return all
}
