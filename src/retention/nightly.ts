import { acrossTenants, type Store, whileLocked } from '../storage/database.ts'
import { type DumpNightDeps, dumpNight } from './dump.ts'
import { type CheckDeps, checkPolicy } from './proof/check.ts'
import { alarmRequests } from './proof/requests.ts'
import type { Proof } from './proof/sign.ts'
import type { PurgeDeps } from './purge/deps.ts'
import { type PurgeReport, purge } from './purge/run.ts'

/** Held while a night's work is done: many schedulers, one purge. An arbitrary number. */
const nightLock = 7_305_112_203

export interface NightDeps {
  purge: PurgeDeps
  check: CheckDeps
  /** Without it no dump is written. */
  dump?: DumpNightDeps
}

/** The night that has begun last: its name, the day of it in UTC. */
export function nightOf(nowMs: number, hour: number): string {
  return new Date(nowMs - hour * 3_600_000).toISOString().slice(0, 10)
}

/**
 * The work of one night, once for all schedulers: purge, then proof, then the dump of what is left. One that died is gone on with by whoever comes next.
 * Answers `elsewhere` while another does it, `done` when it was done already.
 */
export async function runNight(
  deps: NightDeps,
  { night }: { night: string },
): Promise<'done' | 'elsewhere' | { report: PurgeReport; proof: Proof }> {
  const { store } = deps.purge
  const last = deps.dump ? 'dump' : 'check'
  if (await hasRun(store, { kind: last, night })) return 'done'
  return whileLocked(store, nightLock, async () => {
    if (await hasRun(store, { kind: last, night })) return 'done'
    if (deps.dump && (await hasRun(store, { kind: 'check', night }))) {
      await recordDump(store, deps.dump, night)
      return 'done'
    }
    const report = await recordPurge(deps.purge, night)
    const proof = await recordCheck(deps, night)
    if (deps.dump) await recordDump(store, deps.dump, night)
    return { report, proof }
  })
}

/** Purges and keeps what came of it, also when somebody asked for it by day. */
export async function recordPurge(deps: PurgeDeps, night?: string): Promise<PurgeReport> {
  const runId = await begin(deps.store, { kind: 'purge', night })
  const report = await purge(deps)
  const ok = report.faults.length === 0 && report.ages.every(({ late }) => !late)
  await end(deps.store, { runId, ok, result: report })
  deps.store.log.info({ removed: report.removed, tookMs: report.tookMs, ok }, 'the purge came to its end')
  return report
}

/** Checks and keeps the proof. */
export async function recordCheck(deps: NightDeps, night?: string): Promise<Proof> {
  const { store } = deps.purge
  const runId = await begin(store, { kind: 'check', night })
  const proof = await checkPolicy(deps.check)
  await end(store, { runId, ok: proof.body.ok, result: proof })
  for (const { breach, found, limit, name, part } of proof.body.findings) {
    if (breach) store.log.error({ part, name, limit, found }, 'the policy is not kept')
  }
  await alarmRequests(deps.check.store)
  return proof
}

async function recordDump(store: Store, deps: DumpNightDeps, night: string): Promise<void> {
  const runId = await begin(store, { kind: 'dump', night })
  const result = await dumpNight(deps)
  await end(store, { runId, ok: true, result })
  store.log.info({ ...result }, 'the dump of the night is written')
}

type Kind = 'purge' | 'check' | 'dump'

async function hasRun(store: Store, run: { kind: Kind; night: string }): Promise<boolean> {
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql`
      select 1 from loom_shared.policy_runs
      where kind = ${run.kind} and night = ${run.night} and ended_at is not null`,
  )
  return rows.length > 0
}

/** The row of one that died is taken over. */
async function begin(store: Store, run: { kind: Kind; night: string | undefined }): Promise<string> {
  const [row] = await acrossTenants(
    store,
    ({ sql }) => sql<{ id: string }[]>`
      insert into loom_shared.policy_runs as r (id, kind, night, created_at)
      values (${store.newId()}, ${run.kind}, ${run.night ?? null}, loom.clock())
      on conflict (kind, night) do update set created_at = loom.clock(), ended_at = null, ok = null returning id`,
  )
  return row?.id ?? ''
}

async function end(store: Store, run: { runId: string; ok: boolean; result: object }): Promise<void> {
  await acrossTenants(
    store,
    ({ sql }) => sql`
      update loom_shared.policy_runs
      set ended_at = loom.clock(), ok = ${run.ok}, result = ${JSON.stringify(run.result)}::text::jsonb
      where id = ${run.runId}`,
  )
}
