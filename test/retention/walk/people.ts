import { randomUUID } from 'node:crypto'
import type { ThreadId } from '../../../src/core/thread-id.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { saveInstallation } from '../../../src/storage/installations/save.ts'
import { openAccount } from '../../../src/storage/tenants/create.ts'
import { sealerOf, systemOf, type Tenant } from '../../storage/support/bed.ts'
import { type Holding, peopleOf, spanOf } from './expected.ts'
import { type Recorder, use } from './record.ts'
import type { World } from './world.ts'

export interface Person {
  identityId: string
  /** What they are called, in places of which each is at an end when they are called otherwise. */
  names: Holding[]
  isIgnored: boolean
  /** Shared by all identities of somebody; empty for who is no member. */
  member: { held: Holding[] } | undefined
}

export interface Said {
  by: string | undefined
  answerOf: string | undefined
  holding: Holding
}

export interface Brief {
  briefId: string
  jobId: string
  thread: Thread
  madeMs: number
  /** By which it is known whether it is still there. */
  holding: Holding
  /** What a brief that goes on from it may take: names and contents. */
  passedOn: string[]
}

export interface Thread {
  address: ThreadId
  said: Said[]
  briefs: Brief[]
}

export interface File {
  /** Empty until it is known. */
  artifactId: string
  sha256: string
  holding: Holding
}

export interface Export {
  exportId: string
  askedMs: number
}

/** An account as the walk knows it. */
export interface Host {
  tenant: Tenant
  people: Person[]
  threads: Thread[]
  files: File[]
  schedules: { scheduleId: string; by: string; canary: string; holding: Holding; thread: Thread }[]
  exports: Export[]
  key: Holding | undefined
  /** From the request on; nothing is taken then. */
  isFenced: boolean
  /** Somebody asked to be forgotten today: what follows would be made of words that are on their way out. */
  isForgetting: boolean
}

export interface Stage {
  world: World
  recorder: Recorder
}

/** Somebody of the account, as what they do is signed. */
export function as(host: Host, person: Person): Tenant {
  const { identityId } = person
  const { tenant } = host
  return {
    ...tenant,
    identityId,
    context: { tenantId: tenant.tenantId, actor: { kind: 'person', identityId } },
  }
}

export async function openHost({ recorder, world }: Stage): Promise<Host> {
  const store = world.store()
  const madeMs = world.clock.now()
  const tenantId = randomUUID()
  const outside: Holding = { kind: 'account', tenantId, madeMs }
  const ownerName: Holding = { kind: 'subject', tenantId, madeMs }
  const account = await openAccount(store, {
    ...{ platform: 'local', kind: 'local', externalId: recorder.canary(outside) },
    installer: { externalId: `owner-${tenantId}`, name: recorder.canary(ownerName) },
  })
  outside.tenantId = account.tenantId
  const { identityId } = account
  Object.assign(ownerName, { tenantId: account.tenantId, subjectId: identityId, by: identityId })
  recorder.past.lasting.add(identityId)
  const context = { tenantId: account.tenantId, actor: { kind: 'person', identityId } } as const
  const owner: Person = { identityId, names: [ownerName], isIgnored: false, member: undefined }
  const host: Host = {
    tenant: { ...account, store, context },
    ...{ people: [owner], threads: [], files: [], schedules: [], exports: [], key: undefined },
    ...{ isFenced: false, isForgetting: false },
  }
  await connect({ recorder, world }, host)
  for (let many = 0; many < 3; many += 1) await meet({ recorder, world }, host)
  return host
}

/** A workspace with its tokens, and what the account is called. */
async function connect({ recorder, world }: Stage, { tenant }: Host): Promise<void> {
  const { tenantId } = tenant
  const held = (): Holding => ({ kind: 'account', tenantId, madeMs: world.clock.now() })
  await saveInstallation(tenant.store, {
    ...{ platform: 'slack', kind: 'team', externalId: recorder.canary(held()), scopes: [], tenantId },
    tokens: { botToken: recorder.canary(held()), botUserId: 'U0', appId: 'A0' },
    installer: { externalId: `installer-${tenantId}` },
  })
  const name = (await sealerOf(tenant)).seal(`tenants.name:${tenantId}`, recorder.canary(held()))
  await world.bed.admin`update loom.tenants set name_sealed = ${name} where tenant_id = ${tenantId}`
}

/** Somebody who was not there before. */
export async function meet({ recorder, world }: Stage, host: Host): Promise<Person> {
  const { tenant } = host
  const { tenantId } = tenant
  const madeMs = world.clock.now()
  const name: Holding = { kind: 'subject', tenantId, madeMs }
  const outside: Holding = { kind: 'subject', tenantId, madeMs }
  const { identityId } = await ensurePerson(tenant.store, systemOf(tenant), {
    ...{ platform: 'local', externalId: recorder.canary(outside), name: recorder.canary(name) },
  })
  Object.assign(name, { subjectId: identityId, by: identityId })
  outside.subjectId = identityId
  const person: Person = { identityId, names: [name], isIgnored: false, member: undefined }
  host.people.push(person)
  return person
}

/** A message of somebody in a thread, as the model has it. */
export function messageOf(
  { recorder, world }: Stage,
  host: Host,
  at: { thread: Thread; by?: string; answerOf?: Brief },
): Holding {
  const { answerOf, by, thread } = at
  const { tenantId } = host.tenant
  const madeMs = world.clock.now()
  const holding: Holding = {
    ...{ kind: 'message', tenantId, madeMs },
    ...(by === undefined ? {} : { by }),
    ...(answerOf ? { briefId: answerOf.briefId, withMs: answerOf.madeMs } : {}),
  }
  thread.said.push({ by, answerOf: answerOf?.briefId, holding })
  use(recorder.past, by, holding)
  use(recorder.past, thread.address, holding)
  return holding
}

/** Whether it has to be there now, so that somebody can do something with it. */
export function isThere({ recorder, world }: Stage, holding: Holding): boolean {
  return spanOf(recorder.past, holding).thereUntilMs > world.clock.now()
}

/** Threads in which something was said that is still there: the others may be gone. */
export function spokenIn(stage: Stage, host: Host): Thread[] {
  return host.threads.filter(({ said }) => said.some(({ holding }) => isThere(stage, holding)))
}

/** Something that hangs on a brief. */
export function ofBrief(
  { recorder, world }: Stage,
  host: Host,
  brief: Omit<Brief, 'holding'>,
  part: Partial<Holding> = {},
): Holding {
  const holding: Holding = {
    ...{ kind: 'brief', tenantId: host.tenant.tenantId, madeMs: world.clock.now() },
    ...{ withMs: brief.madeMs, briefId: brief.briefId },
    ...part,
  }
  use(recorder.past, brief.thread.address, holding)
  for (const personId of peopleOf(recorder.past, brief.briefId)) use(recorder.past, personId, holding)
  return holding
}
