import { afterEach, describe, expect, inject, it } from 'vitest'
import { announcePolicy, policyTable } from '../../../src/retention/notices/announce.ts'
import { driveNotices, type NoticeDeps } from '../../../src/retention/notices/drive.ts'
import { createMailer } from '../../../src/retention/notices/smtp.ts'
import { earliestMsOf } from '../../../src/retention/notices/standing.ts'
import { version } from '../../../src/retention/policy.ts'
import { checkPolicy } from '../../../src/retention/proof/check.ts'
import { heedPolicy, heedPolicyBeforeMigrating } from '../../../src/roles/heed-policy.ts'
import { requestDeletion, tombstoneTenant } from '../../../src/storage/erasure/delete-tenant.ts'
import { correctPerson } from '../../../src/storage/identities/correct.ts'
import { countNotices } from '../../../src/storage/notices/count.ts'
import { listHolders } from '../../../src/storage/notices/list.ts'
import { loadVersions } from '../../../src/storage/notices/versions.ts'
import { privacyHandler } from '../../../src/web/privacy.ts'
import { openTenant, type Tenant } from '../../storage/support/bed.ts'
import { createClock } from '../../support/clock.ts'
import { openTestBed, silentLog, type TestBed } from '../../support/store.ts'
import { bodyOf, headerOf, openMailServer, type TestMailServer } from './mail-server.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const testServer = server

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Place {
  bed: TestBed
  mail: TestMailServer
  clock: ReturnType<typeof createClock>
  deps: NoticeDeps
  drive(): Promise<number>
}

/** A Loom of its own, hosted, at whose beginning version 1 holds. */
async function open(): Promise<Place> {
  const clock = createClock()
  const bed = await openTestBed(testServer, { now: clock.now })
  closing.push(() => bed.close())
  await clock.join(bed)
  const mail = await openMailServer()
  closing.push(mail.close)
  const mailer = createMailer(mail.server)
  closing.push(mailer.close)
  await heed(bed)
  const deps = {
    store: bed.store(),
    all: bed.store('loom_dump'),
    page: 'https://loom.example/privacy',
    random: () => 0.5,
    mailer,
  }
  return { bed, mail, clock, deps, drive: () => driveNotices(deps) }
}

const heed = (bed: TestBed, code = {}) =>
  heedPolicy(bed.store(), { mode: 'hosted', mayBegin: true, log: silentLog, code: { ...version, ...code } })

/** A member with this address, whose identity is the tenant's owner. */
async function holder(bed: TestBed, address: string | undefined, name = 'Owner'): Promise<Tenant> {
  const tenant = await openTenant(bed)
  const id = bed.store().newId()
  await bed.admin`insert into loom.members (tenant_id, id, role) values (${tenant.tenantId}, ${id}, 'owner')`
  await bed.admin`update loom.identities set member_id = ${id} where id = ${tenant.identityId}`
  const { identityId } = tenant
  if (address !== undefined)
    await correctPerson(tenant.store, tenant.context, { identityId, name, email: address })
  return tenant
}

const dayIn = (clock: { now(): number }, days: number) =>
  new Date(clock.now() + days * 86_400_000).toISOString().slice(0, 10)

/** The table of the next release: usage is kept longer, and somebody new gets data. */
function nextTable(effective: string, part: object = {}) {
  const table = policyTable()
  const usage = table.rows.usageEvents
  if (!usage) throw new Error('no such row')
  return {
    ...table,
    ...{ number: version.number + 1, effective },
    rows: { ...table.rows, usageEvents: { ...usage, kept: '60 days' } },
    processors: {
      ...table.processors,
      mill: { name: 'Mill', purpose: 'Grinds.', gets: 'Grain.', eraser: 'Sweeps.' },
    },
    ...part,
  }
}

async function announce({ bed, clock }: Place, part?: object) {
  const table = nextTable(dayIn(clock, 20), part)
  return announcePolicy(bed.store(), { table: JSON.stringify(table), words: undefined })
}

const fingerprintOf2 = async ({ bed }: Place) => {
  const row = (await loadVersions(bed.store())).find(({ number }) => number === 2)
  if (!row) throw new Error('not announced')
  return { number: 2, effective: row.effective, fingerprint: row.fingerprint }
}

describe('a new version', () => {
  it('is told to everybody once, in words, and holds 14 days after the last notice and not before its own day', async () => {
    const place = await open()
    const { bed, clock, drive, mail } = place
    await holder(bed, 'zoe@example.com', 'Zoë <b>')
    await holder(bed, 'bo@example.com')
    await holder(bed, undefined)
    mail.closed.add('bo@example.com')
    await announce(place)
    const code = await fingerprintOf2(place)
    await expect(heed(bed, code)).rejects.toThrow('Not everybody has been told of version 2')
    await drive()
    expect(mail.received.map(({ to }) => to)).toEqual(['zoe@example.com'])
    const raw = mail.received[0]?.raw ?? ''
    const told = bodyOf(raw)
    for (const words of [
      'Hello Zoë <b>,',
      '<p>Hello Zoë &#60;b&#62;,</p>',
      'is kept 60 days, until then 30 days',
      'somebody new, Mill. Grinds. Grain.',
      'https://loom.example/privacy',
      'privacy@mingllm.com',
    ])
      expect(told).toContain(words)
    expect(told).not.toMatch(/<img|src=/)
    expect((await countNotices(bed.store('loom_dump'), { version: 2 })).notices).toEqual({
      open: 0,
      sent: 1,
      refused: 1,
      unreachable: 1,
    })
    expect(await drive()).toBe(0)
    expect(mail.received).toHaveLength(1)

    const row = (await loadVersions(bed.store())).at(-1)
    expect(row && earliestMsOf(row)).toBe(Date.parse(code.effective))
    await clock.goTo(19)
    await expect(heed(bed, code)).rejects.toThrow(`takes effect on ${code.effective}`)
    await expect(
      heedPolicyBeforeMigrating(bed.url, { mode: 'hosted', code, nowMs: clock.now() }),
    ).rejects.toThrow('takes effect on')
    // The old one goes on meanwhile, and says so.
    await heed(bed)
    await clock.goTo(21)
    await heedPolicyBeforeMigrating(bed.url, { mode: 'hosted', code, nowMs: clock.now() })
    await heed(bed, code)
    await expect(heed(bed)).rejects.toThrow('Version 2 of the privacy policy is in force here')
    expect(
      (await loadVersions(bed.store())).map(({ inForceAtMs, number }) => [number, inForceAtMs !== undefined]),
    ).toEqual([
      [1, true],
      [2, true],
    ])
  })

  it('waits longer than its own day where the last notice went late', async () => {
    const place = await open()
    const { bed, clock, drive, mail } = place
    await holder(bed, 'zoe@example.com')
    mail.plan.push({ at: 'rcpt', code: 451, says: 'later' })
    await announce(place)
    const code = await fingerprintOf2(place)
    await drive()
    expect(mail.received).toEqual([])
    // Not before the time of its next try.
    expect(await drive()).toBe(0)
    await clock.goTo(10)
    await drive()
    expect(mail.received).toHaveLength(1)
    expect(bodyOf(mail.received[0]?.raw ?? '')).toContain(
      new Date(Date.parse(dayIn(clock, 15))).toLocaleDateString('en-GB', {
        day: 'numeric',
        month: 'long',
        year: 'numeric',
        timeZone: 'UTC',
      }),
    )
    await clock.goTo(23.9)
    await expect(heed(bed, code)).rejects.toThrow('takes effect on')
    await clock.goTo(24.1)
    await heed(bed, code)
  })

  it('is shown on the page before it holds, and in the proof', async () => {
    const place = await open()
    const { bed, deps } = place
    const reach = { reachable: [], connected: [] }
    const handler = privacyHandler({ store: bed.store(), log: silentLog, mode: 'hosted', reach })
    const page = async () => {
      const answer = await handler.answer(undefined as never)
      return (await answer.text()) as string
    }
    expect(await page()).not.toContain('What will change')
    const { effective } = await announce(place)
    expect(await page()).toContain(`Version 2 of this policy is announced. It takes effect on ${effective}`)
    expect(await page()).toContain('somebody new, Mill')
    await driveNotices(deps)
    const proof = await checkPolicy({
      store: bed.store('loom_dump'),
      lookAtQueue: async () => ({ lanes: [] }),
    })
    expect(proof.body.findings.filter(({ part }) => part === 'version')).toEqual([
      expect.objectContaining({
        breach: false,
        found: expect.stringMatching(/in force since .+; version 2 announced, from /),
      }),
    ])
    await bed.admin`update loom_shared.policy_versions set fingerprint = 'x' where number = 1`
    const broken = await checkPolicy({
      store: bed.store('loom_dump'),
      lookAtQueue: async () => ({ lanes: [] }),
    })
    expect(broken.body.findings.filter(({ part }) => part === 'version')).toEqual([
      expect.objectContaining({
        breach: true,
        found: expect.stringContaining('another table than was announced'),
      }),
    ])
  })

  it('needs a new number, another table and a day that is 14 days away, and is announced once', async () => {
    const place = await open()
    const { bed, clock } = place
    const say = (table: object | string) =>
      announcePolicy(bed.store(), {
        table: typeof table === 'string' ? table : JSON.stringify(table),
        words: undefined,
      })
    await expect(say('{')).rejects.toThrow('no table of a policy')
    await expect(say({ number: 2 })).rejects.toThrow('no table of a policy')
    await expect(say(nextTable(dayIn(clock, 20), { number: 1 }))).rejects.toThrow('needs a new number')
    await expect(say({ ...policyTable(), number: 2, effective: dayIn(clock, 20) })).rejects.toThrow(
      'Nothing has to be',
    )
    await expect(say(nextTable(dayIn(clock, 13)))).rejects.toThrow('less than 14 days from now')
    await announce(place)
    await expect(announce(place)).rejects.toThrow('announced already')
    // A corrected one takes its place, and is the one that people are told of.
    await holder(bed, 'zoe@example.com')
    await announce(place, { number: 3 })
    await place.drive()
    expect(place.mail.received.map(({ raw }) => bodyOf(raw).includes('Version 3 takes effect'))).toEqual([
      true,
    ])
  })

  it('of which nobody was told, or with another table, does not start hosted', async () => {
    const place = await open()
    const { bed, clock, drive } = place
    await holder(bed, 'zoe@example.com')
    await expect(heed(bed, { number: 2, fingerprint: 'x' })).rejects.toThrow('never announced')
    await expect(heed(bed, { fingerprint: 'x' })).rejects.toThrow('not what version 1')
    await announce(place)
    await drive()
    await clock.goTo(30)
    await expect(heed(bed, { number: 2, fingerprint: 'x' })).rejects.toThrow('not what version 2')
  })

  it('holds at once on a machine of one’s own, unless its owner announced it, and where nobody has an account', async () => {
    const place = await open()
    const { bed } = place
    const embedded = (code: object) =>
      heedPolicy(bed.store(), {
        mode: 'embedded',
        mayBegin: true,
        log: silentLog,
        code: { ...version, ...code },
      })
    await heed(bed, { fingerprint: 'changed before anybody came' })
    await holder(bed, 'zoe@example.com')
    await embedded({ fingerprint: 'changed by the owner' })
    await announce(place)
    await expect(embedded(await fingerprintOf2(place))).rejects.toThrow('Not everybody has been told')
    await embedded({ number: 4, fingerprint: 'y' })
    expect((await loadVersions(bed.store())).find(({ number }) => number === 4)?.inForceAtMs).toBeDefined()
  })
})

describe('notices', () => {
  it('are sent once by two schedulers at once, whatever the account', async () => {
    const place = await open()
    const { bed, deps, mail } = place
    const people = Array.from({ length: 60 }, (_, at) => `p${at}@example.com`)
    const [first] = await Promise.all(people.map((address) => holder(bed, address)))
    await announce(place)
    // Whoever made the list before died over it.
    if (first) await listHolders(first.store, first.context, { version: 2 })
    await Promise.all([driveNotices(deps), driveNotices(deps)])
    await driveNotices(deps)
    expect(mail.received.map(({ to }) => to).sort()).toEqual([...people].sort())
    expect(new Set(mail.received.map(({ raw }) => headerOf(raw, 'Message-ID'))).size).toBe(60)
    expect((await loadVersions(bed.store())).at(-1)?.toldAtMs).toBeDefined()
  })

  it('of which the server’s word was lost, or whose sender died, go once more under the same id', async () => {
    const place = await open()
    const { bed, clock, deps, drive, mail } = place
    await holder(bed, 'zoe@example.com')
    await announce(place)
    mail.plan.push({ at: 'unsaid' })
    await drive()
    await clock.goTo(0.1)
    // Dies between the server's word and ours: nothing is noted, and the claim runs out.
    const dying = {
      ...deps,
      mailer: {
        ...deps.mailer,
        async send(letter: Parameters<typeof deps.mailer.send>[0]) {
          await deps.mailer.send(letter)
          throw new Error('killed')
        },
      },
    }
    await driveNotices(dying)
    expect(await drive()).toBe(0)
    await clock.goTo(0.2)
    await drive()
    const ids = mail.received.map(({ raw }) => headerOf(raw, 'Message-ID'))
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).not.toContain('zoe')
    expect((await countNotices(bed.store('loom_dump'), { version: 2 })).notices.sent).toBe(1)
  })

  it('are not given up because the server takes none from us, and go once it does', async () => {
    const place = await open()
    const { bed, clock, drive, mail } = place
    await holder(bed, 'zoe@example.com')
    await announce(place)
    mail.plan.push({ at: 'mail', code: 553, says: '5.1.8 bad sender' })
    await drive()
    expect((await countNotices(bed.store('loom_dump'), { version: 2 })).notices.open).toBe(1)
    await clock.goTo(0.1)
    await drive()
    expect((await countNotices(bed.store('loom_dump'), { version: 2 })).notices.sent).toBe(1)
  })

  it('go to the address as it is when they go, to none that is no address, and not to who left', async () => {
    const place = await open()
    const { bed, clock, drive, mail } = place
    const moved = await holder(bed, 'old@example.com')
    await holder(bed, 'a@example.com\r\nRCPT TO:<b@example.com>')
    await holder(bed, 'a@example.com, b@example.com')
    const gone = await holder(bed, 'gone@example.com')
    const removed = await holder(bed, 'removed@example.com')
    await announce(place)
    // Everything is on the list, and the server is busy for all of them.
    for (let at = 0; at < 3; at += 1) mail.plan.push({ at: 'rcpt', code: 451, says: 'later' })
    await drive()
    const { identityId } = moved
    await correctPerson(moved.store, moved.context, { identityId, email: 'new@example.com' })
    await bed.admin`update loom.members set removed_at = now() where tenant_id = ${removed.tenantId}`
    await requestDeletion(gone.store, gone.context, { reason: 'minor', undoMs: 0 })
    await tombstoneTenant(gone.store, gone.context)
    // Left over by whoever put it on the list at that moment.
    await bed.admin`
      insert into loom.timers (tenant_id, kind, subject_id, due_at)
      select tenant_id, 'notice', id, now() from loom.notices where tenant_id = ${gone.tenantId}`
    await clock.goTo(0.1)
    await drive()
    expect(mail.received.map(({ to }) => to)).toEqual(['new@example.com'])
    const { notices } = await countNotices(bed.store('loom_dump'), { version: 2 })
    expect(notices).toMatchObject({ sent: 1, unreachable: 3 })
    expect((await loadVersions(bed.store())).at(-1)?.toldAtMs).toBeDefined()
  })
})
