import { randomUUID } from 'node:crypto'
import { toLoomError } from '../../../src/core/errors.ts'
import { starArtifact, unstarArtifact } from '../../../src/storage/artifacts/change.ts'
import { audit } from '../../../src/storage/audit.ts'
import { acceptMention } from '../../../src/storage/briefs/accept.ts'
import { inTenant } from '../../../src/storage/database.ts'
import { sayInThread } from '../../../src/storage/deliveries/say.ts'
import { requestDeletion, undoDeletion } from '../../../src/storage/erasure/delete-tenant.ts'
import { forgetPerson } from '../../../src/storage/erasure/forget-person.ts'
import { askForExport } from '../../../src/storage/exports/ask.ts'
import { correctPerson } from '../../../src/storage/identities/correct.ts'
import { ignorePerson } from '../../../src/storage/identities/ignore.ts'
import { linkIdentities } from '../../../src/storage/identities/link.ts'
import { dropProviderKey, setProviderKey } from '../../../src/storage/models/change.ts'
import { closeRequest } from '../../../src/storage/requests/close.ts'
import { openRequest } from '../../../src/storage/requests/open.ts'
import { deleteSchedule } from '../../../src/storage/schedules/change.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { keepThreadMessage } from '../../../src/storage/threads/keep.ts'
import { sealerOf, systemOf } from '../../storage/support/bed.ts'
import { endBrief, runBrief, sayTo, type Way } from './briefs.ts'
import type { Holding } from './expected.ts'
import type { Deed, DeedKind } from './history.ts'
import {
  as,
  type Brief,
  type Host,
  isThere,
  meet,
  messageOf,
  type Person,
  type Stage,
  spokenIn,
  type Thread,
} from './people.ts'
import { use } from './record.ts'

interface Doing {
  stage: Stage
  host: Host
  deed: Deed
  by: Person
}

/** The one of some that a number stands for. */
function pickOf<T>(items: readonly T[], number: number): T | undefined {
  return items[number % Math.max(1, items.length)]
}

/** Does it, as far as there is something to do it to. `restore` is not an account's to do. */
export async function doDeed(stage: Stage, host: Host, deed: Deed): Promise<void> {
  await leaveGone(stage, host)
  const heard = host.people.filter(({ isIgnored }) => !isIgnored)
  const by = pickOf(heard, deed.who)
  if (host.isFenced || !by) return tryInVain(stage, host)
  await verbs[deed.kind]({ stage, host, deed, by })
}

/** Whoever was forgotten by Loom, having said nothing for months, would come back as somebody new. */
async function leaveGone({ world }: Stage, host: Host): Promise<void> {
  const rows = await world.bed.admin`select id from loom.identities where tenant_id = ${host.tenant.tenantId}`
  const there = new Set(rows.map(({ id }) => String(id)))
  host.people = host.people.filter(({ identityId }) => there.has(identityId))
}

const verbs: Readonly<Record<DeedKind, (doing: Doing) => Promise<unknown>>> = {
  brief: ({ by, deed, host, stage }) => runBrief(stage, host, { by, thread: undefined, way: wayOf(deed) }),
  followUp,
  say: async ({ by, deed, host, stage }) => {
    const brief = pickOf(await liveBriefs(stage, host), deed.pick)
    if (brief && !host.isForgetting) await sayTo(stage, host, brief, by)
  },
  overhear,
  end: async ({ deed, host, stage }) => {
    const brief = pickOf(await liveBriefs(stage, host), deed.pick)
    if (brief && !host.isForgetting) await endBrief(stage, host, brief)
  },
  star: (doing) => star(doing, true),
  unstar: (doing) => star(doing, false),
  notice,
  schedule,
  unschedule,
  correct,
  key,
  browse,
  upload,
  request,
  export: askAway,
  delete: remove,
  forget,
  ignore,
  restore: async () => undefined,
}

const ways: readonly Way[] = ['answered', 'answered', 'waits', 'answered', 'left']
const wayOf = ({ pick }: Deed): Way => ways[pick % ways.length] ?? 'answered'

/** Those that somebody is at work on, or that wait, as the database has it. */
async function liveBriefs({ world }: Stage, host: Host): Promise<Brief[]> {
  const rows = await world.bed.admin`
    select id from loom.jobs where tenant_id = ${host.tenant.tenantId} and ended_at is null
      and created_at > loom.clock() - interval '89 days'`
  const ids = new Set(rows.map(({ id }) => String(id)))
  return host.threads.flatMap(({ briefs }) => briefs.filter(({ jobId }) => ids.has(jobId)))
}

async function followUp({ by, deed, host, stage }: Doing): Promise<void> {
  const live = new Set((await liveBriefs(stage, host)).map(({ thread }) => thread))
  const thread = pickOf(
    spokenIn(stage, host).filter((one) => !live.has(one)),
    deed.pick,
  )
  if (!thread || host.isForgetting) return
  await runBrief(stage, host, { by, thread, way: wayOf(deed) })
}

/** Somebody says something in a thread that is not for Loom. */
async function overhear({ by, deed, host, stage }: Doing): Promise<void> {
  const { recorder, world } = stage
  const rows = await world.bed.admin`
    select address from loom.threads t where tenant_id = ${host.tenant.tenantId} and (history_at is not null or exists (
      select 1 from loom.briefs b where b.thread_id = t.id and b.created_at > loom.clock() - interval '89 days'))`
  const known = new Set(rows.map(({ address }) => address))
  const thread = pickOf(
    host.threads.filter(({ address }) => known.has(address)),
    deed.pick,
  )
  if (!thread || host.isForgetting) return
  const speaker = pickOf(host.people, deed.pick) ?? by
  const [row] = await world.bed
    .admin`select external_sealed from loom.identities where id = ${speaker.identityId}`
  if (!row) return
  const sealer = await sealerOf(host.tenant)
  const externalId = sealer.openText(`identities.external:${speaker.identityId}`, row.external_sealed)
  const said = speaker.isIgnored ? undefined : messageOf(stage, host, { thread, by: speaker.identityId })
  const canary = recorder.canary(...(said ? [said] : []))
  await keepThreadMessage(host.tenant.store, systemOf(host.tenant), {
    thread: thread.address,
    message: {
      ...{ key: randomUUID(), author: { kind: 'person', externalId }, text: canary },
      ...{ files: [], saidAtMs: world.clock.now() },
    },
  })
}

async function star({ deed, host, stage, by }: Doing, on: boolean): Promise<void> {
  const { past } = stage.recorder
  const nowMs = stage.world.clock.now()
  const there = host.files.filter(({ artifactId, holding }) => artifactId !== '' && isThere(stage, holding))
  const stars = there.filter(({ holding }) => {
    const found = past.stars.get(holding.fileId ?? '')
    return (found !== undefined && found.unstarredMs === undefined) !== on
  })
  const file = pickOf(stars, deed.pick)
  if (!file || host.isForgetting) return
  const { artifactId, holding } = file
  const change = on ? starArtifact : unstarArtifact
  if (!(await change(host.tenant.store, as(host, by).context, { artifactId })))
    throw new Error('no such file')
  past.stars.set(holding.fileId ?? '', { unstarredMs: on ? undefined : nowMs })
  if (on) use(past, by.identityId, holding)
}

/** A word of Loom's without a brief. What it says where somebody spoke may repeat their words: it goes with them. */
function wordIn({ recorder, world }: Stage, host: Host, thread: Thread): Holding {
  const { tenantId } = host.tenant
  const holding: Holding = { kind: 'word', tenantId, madeMs: world.clock.now(), briefId: randomUUID() }
  const people = new Map(
    thread.said.flatMap(({ by, holding: { madeMs } }) => (by ? [[by, madeMs] as const] : [])),
  )
  recorder.past.briefs.set(holding.briefId ?? '', { people, takes: [] })
  // That it was said, and under which name of the platform, is kept like other deliveries.
  use(recorder.past, thread.address, { ...holding, kind: 'brief' })
  return holding
}

async function notice({ deed, host, stage }: Doing): Promise<void> {
  const { installationId, store } = host.tenant
  // A thread that is kept for something else: a word alone keeps it, too, but tells nobody's words.
  const thread = pickOf(spokenIn(stage, host), deed.pick)
  if (!thread || host.isForgetting) return
  const text = stage.recorder.canary(wordIn(stage, host, thread))
  const at = { installationId, thread: thread.address, subject: randomUUID() }
  await sayInThread(store, systemOf(host.tenant), { ...at, text })
}

async function schedule({ by, deed, host, stage }: Doing): Promise<void> {
  const { recorder, world } = stage
  const { installationId, store, tenantId } = host.tenant
  const thread = pickOf(spokenIn(stage, host), deed.pick)
  const nowMs = world.clock.now()
  if (!thread || host.isForgetting) return
  const holding: Holding = { kind: 'account', tenantId, madeMs: nowMs, by: by.identityId }
  const canary = recorder.canary(holding)
  const { scheduleId } = await createSchedule(store, as(host, by).context, {
    ...{ installationId, thread: thread.address, words: 'every monday at 9', timeZone: 'UTC' },
    prompt: canary,
  })
  use(recorder.past, by.identityId, holding)
  use(recorder.past, thread.address, holding)
  host.schedules.push({ scheduleId, by: by.identityId, canary, holding, thread })
}

async function unschedule({ deed, host, stage, by }: Doing): Promise<void> {
  const found = pickOf(host.schedules, deed.pick)
  if (!found) return
  await deleteSchedule(host.tenant.store, as(host, by).context, found)
  host.schedules.splice(host.schedules.indexOf(found), 1)
  found.holding.removedMs ??= stage.world.clock.now()
}

/** Name and e-mail of somebody who is a member from now on. */
async function correct({ by, host, stage }: Doing): Promise<void> {
  const { recorder, world } = stage
  const { context, store, tenantId } = host.tenant
  const other = await meet(stage, host)
  if (!by.member) {
    await linkIdentities(store, context, { identityId: other.identityId, sameAsId: by.identityId })
    by.member = other.member = { held: [] }
    for (const { identityId } of [by, other]) recorder.past.lasting.add(identityId)
  }
  const madeMs = world.clock.now()
  // What a member is called, whichever of their identities is corrected.
  for (const old of [...by.names, ...by.member.held]) old.removedMs ??= madeMs
  const { identityId } = by
  const called: Holding = { kind: 'subject', tenantId, madeMs, subjectId: identityId, by: identityId }
  const member: Holding = { kind: 'account', tenantId, madeMs }
  const email: Holding = { kind: 'account', tenantId, madeMs }
  by.names = [called]
  by.member.held = [member, email]
  await correctPerson(store, context, {
    identityId,
    name: recorder.canary(called, member),
    email: `${recorder.canary(email)}@example.com`,
  })
}

async function key({ deed, host, stage }: Doing): Promise<void> {
  const { context, store, tenantId } = host.tenant
  const nowMs = stage.world.clock.now()
  if (host.key) host.key.removedMs ??= nowMs
  host.key = undefined
  if (deed.pick % 3 === 0) return void (await dropProviderKey(store, context, { provider: 'anthropic' }))
  host.key = { kind: 'account', tenantId, madeMs: nowMs }
  await setProviderKey(store, context, { provider: 'anthropic', key: stage.recorder.canary(host.key) })
}

/** A change over the web, which is written down with address and program. */
async function browse({ by, host, stage }: Doing): Promise<void> {
  const { store, tenantId } = host.tenant
  const held = (): Holding => ({ kind: 'audit', tenantId, madeMs: stage.world.clock.now() })
  const { context } = as(host, by)
  const sealer = await sealerOf(host.tenant)
  const from = { address: stage.recorder.canary(held()), userAgent: stage.recorder.canary(held()) }
  await inTenant(store, tenantId, (tx) =>
    audit({ store, tx, sealer }, context, { action: 'walk.browse', ...from }),
  )
}

/** What a process leaves that dies in the middle of an upload. */
async function upload({ host, stage }: Doing): Promise<void> {
  const { recorder, world } = stage
  const held: Holding = { kind: 'unfinished', tenantId: host.tenant.tenantId, madeMs: world.clock.now() }
  await world.shelf.leave(recorder.canary(held))
}

/** Somebody writes to the desk and is answered the same day. */
async function request({ by, host, stage }: Doing): Promise<void> {
  const { recorder, world } = stage
  const { store, tenantId } = host.tenant
  if (host.isForgetting) return
  const receivedAtMs = world.clock.now()
  const holding: Holding = { kind: 'request', tenantId, madeMs: receivedAtMs, by: by.identityId }
  use(recorder.past, by.identityId, holding)
  const context = { tenantId, actor: { kind: 'operator' } } as const
  const { requestId } = await openRequest(store, context, {
    ...{ kind: 'access', contact: recorder.canary(holding), identityId: by.identityId, receivedAtMs },
  })
  await closeRequest(store, context, { requestId, state: 'answered', text: recorder.canary(holding) })
}

async function askAway({ host, stage }: Doing): Promise<void> {
  const { context, store } = host.tenant
  const asked = await askForExport(store, context, { form: 'tenant', address: undefined })
  if (asked?.kind !== 'asked' || !asked.anew) return
  host.exports.push({ exportId: asked.exportId, askedMs: stage.world.clock.now() })
}

async function remove({ deed, host, stage }: Doing): Promise<void> {
  const { context, store, tenantId } = host.tenant
  const { past } = stage.recorder
  const isUndone = deed.pick % 3 === 0
  const undoMs = deed.pick % 5 === 1 ? 0 : 86_400_000
  if (isUndone && undoMs > 0) {
    const stopped = await liveBriefs(stage, host)
    await requestDeletion(store, context, { reason: 'request', undoMs })
    await tryInVain(stage, host)
    if (!(await undoDeletion(store, context))) throw new Error('it could not be undone')
    // Where something was stopped it is said that it can be asked for again.
    for (const thread of new Set(stopped.map((brief) => brief.thread))) wordIn(stage, host, thread)
    return
  }
  host.isFenced = true
  await requestDeletion(store, context, { reason: undoMs === 0 ? 'minor' : 'request', undoMs })
  past.deleted.set(tenantId, { atMs: stage.world.clock.now(), isUndoable: undoMs > 0 })
}

async function forget({ by, host, stage }: Doing): Promise<void> {
  const { store, tenantId } = host.tenant
  await forgetPerson(store, as(host, by).context, by)
  stage.recorder.past.forgotten.push({ tenantId, personId: by.identityId, atMs: stage.world.clock.now() })
  host.isForgetting = true
}

async function ignore({ by, host, stage }: Doing): Promise<void> {
  if (host.people.filter(({ isIgnored }) => !isIgnored).length < 3) return
  await ignorePerson(host.tenant.store, as(host, by).context, by)
  by.isIgnored = true
  // Whoever wished not to be heard is remembered for that, without a name.
  stage.recorder.past.lasting.add(by.identityId)
  const [called] = by.names
  if (called) called.removedMs ??= stage.world.clock.now()
}

/** An account that is on its way out takes nothing: whatever is said to it stands nowhere. */
export async function tryInVain({ recorder, world }: Stage, host: Host): Promise<void> {
  const { context, installationId, store } = host.tenant
  const [owner] = host.people
  if (!owner) return
  const mention = {
    ...{ thread: `local:terminal:${recorder.canary()}` as never, key: randomUUID() },
    ...{ author: { externalId: 'owner' }, text: recorder.canary(), files: [], saidAtMs: world.clock.now() },
  }
  const taken = await acceptMention(store, context, {
    mention,
    installationId,
    identityId: owner.identityId,
  }).catch((thrown: unknown) => toLoomError(thrown).kind)
  if (taken !== 'forbidden' && taken !== 'not_found') throw new Error('a fenced account took a brief')
}
