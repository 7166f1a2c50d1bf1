import { lookAtQueue } from '../../../src/queue/look.ts'
import { driveErasures, type EraseTimes } from '../../../src/retention/delete/drive.ts'
import { driveExports } from '../../../src/retention/export/drive.ts'
import { runNight } from '../../../src/retention/nightly.ts'
import { isDumpId } from '../../../src/storage/dump/names.ts'
import { listDumps } from '../../../src/storage/dump/shelf.ts'
import type { TestServer } from '../../support/store.ts'
import { lookAsApp } from './as-app.ts'
import { canariesIn } from './canaries.ts'
import { type Moment, missing, readable, tooLong } from './check.ts'
import { doDeed } from './deeds.ts'
import { tryDoors } from './doors.ts'
import type { Deed } from './history.ts'
import { type InDump, keysOf, lookAtDatabase, lookAtFiles, lookIntoDump, type Opened } from './look.ts'
import { type Host, openHost, type Stage } from './people.ts'
import { createRecorder } from './record.ts'
import { restoreOne } from './restore.ts'
import { deliverWords, runSchedules } from './runs.ts'
import type { OpenShelf } from './shelves.ts'
import { openWorld } from './world.ts'

export interface Walked {
  canaries: number
  /** `messages.body_sealed`, …: where any of them was found. */
  places: ReadonlySet<string>
  restored: number
}

interface Walk {
  stage: Stage
  server: TestServer
  hosts: Host[]
  /** Accounts whose deletion was asked for. */
  gone: Host[]
  opened: Opened
  unpacked: Opened
  dumps: Map<string, { dumpId: string; madeMs: number; sightings: InDump[] }>
  places: Set<string>
  restored: number
}

const hour = 1 / 24
const minute = hour / 60
const times: EraseTimes = { batch: 500, settleMs: 0, turnMs: 10_000, removeMs: 0, tellMs: 0 }

/**
 * Lives a history through, day by day, and looks after each night whether anything stands where the policy has it gone,
 * or is gone where the policy has it there. Throws with all that it found of the first such night.
 */
export async function walk(
  server: TestServer,
  input: {
    days: number
    hosts: number
    history: readonly Deed[]
    shelf?: OpenShelf
    tell?: (line: string) => void
  },
): Promise<Walked> {
  const world = await openWorld(server, input.shelf)
  const recorder = createRecorder()
  const stage = { world, recorder }
  try {
    await world.clock.goTo(0)
    const hosts: Host[] = []
    for (let at = 0; at < input.hosts; at += 1) hosts.push(await openHost(stage))
    const state: Walk = {
      ...{ stage, server, hosts, gone: [], opened: new Map(), unpacked: new Map(), dumps: new Map() },
      ...{ places: new Set<string>(), restored: 0 },
    }
    for (let day = 0; day < input.days; day += 1) {
      await liveOneDay(
        state,
        day,
        input.history.filter((deed) => deed.day === day),
      )
      if (day % 50 === 49) input.tell?.(`${day + 1} days, ${recorder.count()} canaries`)
    }
    return { canaries: recorder.count(), places: state.places, restored: state.restored }
  } finally {
    await world.close()
  }
}

async function liveOneDay(state: Walk, day: number, deeds: readonly Deed[]): Promise<void> {
  const { hosts, stage } = state
  const { clock } = stage.world
  for (const [at, deed] of deeds.entries()) {
    await clock.goTo(day + 12 * hour + at * minute)
    const host = hosts[deed.host]
    if (host) await doDeed(stage, host, deed)
  }
  await clock.goTo(day + 18 * hour)
  await work(state)
  await clock.goTo(day + 1 + 2 * hour)
  await work(state)
  for (const host of hosts) host.isForgetting = false
  // In the place of an account that is on its way out comes another.
  for (const [at, host] of hosts.entries()) {
    if (!host.isFenced) continue
    state.gone.push(host)
    hosts[at] = await openHost(stage)
  }
  refuse(await tryDoors(stage, [...hosts, ...lastAndOneOf(state.gone, day)]), `the doors of day ${day}`)
  const seen = await lookAsApp(stage, hosts, state.opened)
  for (const { place } of seen.found) state.places.add(place)
  refuse(seen.faults, 'as the application sees it')
  await clock.goTo(day + 1 + 3 * hour)
  const moment = await nightOf(state, day)
  await lookEverywhere(state, moment)
  const restore = deeds.find(({ kind }) => kind === 'restore')
  if (restore) {
    // Any that is there: what was done since the oldest is the most that the ledger has to do again.
    const dumps = await listDumps(stage.world.store())
    const dump = dumps[restore.pick % dumps.length]
    const later = () => clock.goTo(day + 1 + 3 * hour + 30 * minute)
    const { opened } = state
    if (dump) await restoreOne(stage, state.server, { name: dump.name, moment, opened, later })
    state.restored += 1
  }
}

/** What runs beside the people: deletions, forgetting, exports, what recurs, and what is on its way. */
async function work({ hosts, stage }: Walk): Promise<void> {
  const { world } = stage
  const deps = { store: world.store(), purge: world.store('loom_purge'), processors: [], ports: [] }
  while ((await driveErasures(deps, times)) > 0);
  const linkTo = () => 'https://loom.test/e/x'
  while ((await driveExports({ store: world.store(), linkTo })) > 0);
  await runSchedules(stage, hosts)
  await deliverWords(stage)
}

/** The work of the night, which finds by its own proof that the policy is kept. */
async function nightOf({ stage }: Walk, day: number): Promise<Moment> {
  const { world } = stage
  const nightMs = world.clock.now()
  // Its rows are searched each night as all others are; that it is asked is seen now and then.
  const queue = day % 30 === 0 ? await lookAtQueue(world.queue, Date.now()) : { lanes: [] }
  const done = await runNight(
    {
      purge: { store: world.store('loom_purge'), front: world.store() },
      check: { store: world.store('loom_dump'), lookAtQueue: async () => queue },
      dump: { store: world.store('loom_dump'), front: world.store() },
    },
    { night: `night ${day}` },
  )
  if (typeof done === 'string') throw new Error(`the night was ${done}`)
  const faults = [
    ...done.report.faults.map((fault) => `the purge: ${JSON.stringify(fault)}`),
    ...done.proof.body.findings.flatMap((finding) =>
      finding.breach ? [`the proof: ${JSON.stringify(finding)}`] : [],
    ),
  ]
  refuse(faults, `night ${day}`)
  await world.clock.goTo(day + 1 + 3 * hour + 10 * minute)
  return { nightMs, nowMs: world.clock.now() }
}

/** Those that went last, and another one each day. */
function lastAndOneOf(gone: readonly Host[], day: number): Host[] {
  const older = gone.slice(0, -3)
  return [...gone.slice(-3), ...older.slice(day % Math.max(1, older.length)).slice(0, 1)]
}

async function lookEverywhere(state: Walk, moment: Moment): Promise<void> {
  const { places, stage } = state
  const { recorder, world } = stage
  const keys = keysOf(world.store().vault)
  const opened: Opened = state.opened
  const rows = await lookAtDatabase(world.bed.admin as never, { keys, opened })
  const files = await lookAtFiles(await world.shelf.lying(), state.unpacked)
  const logs = canariesIn(world.logged()).map((canary) => ({ canary, place: 'logs' }))
  const found = [...rows, ...files, ...logs]
  for (const { place } of found) places.add(place)
  const faults = [
    ...tooLong(recorder, found, moment),
    ...missing(recorder, found, moment),
    ...(await lookAtDumps(state, moment)),
  ]
  refuse(faults, new Date(moment.nowMs).toISOString())
}

/** Each dump is opened once, when it is new; from then on it is as readable as its keys are there. */
async function lookAtDumps({ dumps, opened, stage }: Walk, moment: Moment): Promise<string[]> {
  const { recorder, world } = stage
  const { objects, vault } = world.store()
  const keys = keysOf(vault)
  const faults: string[] = []
  const names = (await listDumps({ objects })).map(({ name }) => name)
  for (const name of names) {
    if (dumps.has(name)) continue
    const { body } = await objects.stream(`dumps/${name}`)
    const seen = await lookIntoDump(body, { vault, keys, opened })
    dumps.set(name, { madeMs: moment.nightMs, ...seen })
    faults.push(...tooLong(recorder, seen.sightings, moment), ...(await withoutRows(seen.sightings, stage)))
  }
  for (const [name, dump] of dumps) {
    if (!names.includes(name)) dumps.delete(name)
    else {
      const there: InDump[] = []
      for (const one of dump.sightings) if (await keys.isThere(one.tenantId)) there.push(one)
      faults.push(...readable(recorder, { ...dump, sightings: there }, moment))
    }
  }
  const keyed = (await vault.tenants()).filter(isDumpId)
  if (keyed.length !== names.length)
    faults.push(`${keyed.length} dumps have keys, and ${names.length} are there`)
  return faults
}

/** A search that finds nothing in a dump of a database with rows would prove nothing. */
async function withoutRows(sightings: readonly InDump[], { world }: Stage): Promise<string[]> {
  const [row] = await world.bed.admin`select count(*)::int as messages from loom.messages`
  return Number(row?.messages) > 0 && sightings.length === 0 ? ['a dump holds nothing'] : []
}

function refuse(faults: readonly string[], when: string): void {
  if (faults.length > 0)
    throw new Error(`${when}: ${faults.length} faults\n${faults.slice(0, 25).join('\n')}`)
}
