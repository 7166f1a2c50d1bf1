import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { type NightDeps, nightOf, recordCheck, runNight } from '../../src/retention/nightly.ts'
import { pagePolicy, privacyPage } from '../../src/retention/page/page.ts'
import { checkPolicy, type QueueLook } from '../../src/retention/proof/check.ts'
import { lastProof } from '../../src/retention/proof/last.ts'
import { isGenuine, type Proof } from '../../src/retention/proof/sign.ts'
import { objectKeys } from '../../src/storage/objects/keys.ts'
import { privacyHandler } from '../../src/web/privacy.ts'
import { openTenant, useBed } from '../storage/support/bed.ts'
import { createClock } from '../support/clock.ts'
import { silentLog } from '../support/store.ts'
import { countOf, finishedJob, purgeDeps } from './support.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { keepRows: true, clock })
afterEach(() => clock.goTo(0))

const quiet: QueueLook = { lanes: [{ name: 'worker', waiting: 1, withData: 0, oldestMs: 5_000 }] }
const night = (queue: QueueLook = quiet): NightDeps => ({
  purge: purgeDeps(bed()),
  check: { store: bed().store('loom_dump'), lookAtQueue: async () => queue },
})
const breachesOf = ({ body }: Proof) =>
  body.findings.filter(({ breach }) => breach).map(({ name, part }) => `${part} ${name}`)

describe('the proof', () => {
  it('finds nothing while the policy is kept, and each breach of it by itself', async () => {
    const tenant = await openTenant(bed())
    await finishedJob(bed(), tenant, { 'final/a.md': 'a' })
    const { check } = night()
    expect(breachesOf(await checkPolicy(check))).toEqual([])

    // A day and two hours after the time is over, if no night's work was done.
    await clock.goTo(91)
    expect(breachesOf(await checkPolicy(check))).toEqual(expect.arrayContaining(['rows auditLog']))
    expect(breachesOf(await checkPolicy(check))).not.toContain('rows jobs')
    await clock.goTo(91.2)
    const late = breachesOf(await checkPolicy(check))
    expect(late).toEqual(
      expect.arrayContaining([
        'rows jobs',
        'rows messages',
        'rows artifacts',
        'purge last purge',
        'objects <tenant>/<job>/blobs/',
      ]),
    )
    await runNight(night(), { night: 'a' })
    expect(breachesOf(await checkPolicy(check))).toEqual([])
    await clock.goTo(93)
    expect(breachesOf(await checkPolicy(check))).toEqual(['purge last purge'])
  })

  it('finds objects of nobody, keys of accounts that are gone, and rings that carry something', async () => {
    const { objects, vault } = bed().store()
    const put = (key: string) => objects.put(key, Buffer.from('x'), { mediaType: 'text/plain' })
    await put(objectKeys.blob({ tenantId: randomUUID(), jobId: randomUUID() }, 'b'.repeat(64)))
    await put('strange/thing')
    await vault.create('01890000-0000-7000-8000-000000000000')
    const queue = { lanes: [{ name: 'bot', waiting: 3, withData: 1, oldestMs: 0 }] }
    await clock.goTo(3)
    const proof = await checkPolicy(night(queue).check)
    expect(breachesOf(proof)).toEqual(
      expect.arrayContaining([
        'objects <tenant>/<job>/blobs/',
        'objects of no name',
        'keys accounts with keys',
        'queue bot',
      ]),
    )
    expect(proof.body.ok).toBe(false)
    await objects.deletePrefix('strange')
    await vault.destroy('01890000-0000-7000-8000-000000000000')
  })

  it('is signed, so that a word changed in it is found', async () => {
    const proof = await checkPolicy(night().check)
    expect(isGenuine(proof)).toBe(true)
    const stored = JSON.parse(JSON.stringify(proof)) as Proof
    expect(isGenuine(stored)).toBe(true)
    expect(isGenuine({ ...proof, body: { ...proof.body, ok: !proof.body.ok } })).toBe(false)
    const [first, ...rest] = proof.body.findings
    if (!first) throw new Error('nothing was found')
    expect(
      isGenuine({ ...proof, body: { ...proof.body, findings: [{ ...first, found: 'x' }, ...rest] } }),
    ).toBe(false)
    expect((await checkPolicy(night().check)).publicKey).toBe(proof.publicKey)
  })
})

describe('a night', () => {
  it('is named by the hour at which it begins', () => {
    expect(nightOf(Date.UTC(2026, 11, 1, 2, 59), 3)).toBe('2026-11-30')
    expect(nightOf(Date.UTC(2026, 11, 1, 3), 3)).toBe('2026-12-01')
  })

  it('is worked once by many schedulers, and gone on with where one of them died', async () => {
    const all = await Promise.all([1, 2, 3].map(() => runNight(night(), { night: '2026-12-01' })))
    expect(all.filter((one) => typeof one === 'object')).toHaveLength(1)
    expect(await runNight(night(), { night: '2026-12-01' })).toBe('done')
    const dying = night()
    dying.purge.at = (point) => {
      if (point === 'artifacts') throw new Error('killed')
    }
    await expect(runNight(dying, { night: '2026-12-02' })).rejects.toThrow('killed')
    expect(await runNight(night(), { night: '2026-12-02' })).toMatchObject({ proof: { body: { policy: 1 } } })
    const rows = await bed().admin`select kind from loom_shared.policy_runs where night = '2026-12-02'`
    expect(rows.map(({ kind }) => kind).sort()).toEqual(['check', 'purge'])
  })

  it('ends between two batches when the process closes', async () => {
    const tenant = await openTenant(bed())
    await finishedJob(bed(), tenant, { 'final/a.md': 'a' })
    await clock.goTo(90.1)
    const closing = new AbortController()
    const deps = night()
    deps.purge = {
      ...deps.purge,
      signal: closing.signal,
      at: (point) => point === 'events' && closing.abort(),
    }
    await expect(runNight(deps, { night: '2026-12-03' })).rejects.toThrow(/abort/i)
    expect(await countOf(bed(), 'briefs', tenant.tenantId)).toBe(1)
    await runNight(night(), { night: '2026-12-03' })
    expect(await countOf(bed(), 'briefs', tenant.tenantId)).toBe(0)
  })
})

describe('the privacy page', () => {
  const reach = { reachable: ['anthropic', 'aws', 'slack'], connected: ['slack'] } as const

  it('shows the table, who gets data, and the last proof, and loads nothing from anywhere', async () => {
    await recordCheck(night())
    const handler = privacyHandler({ store: bed().store(), log: silentLog, mode: 'hosted', reach })
    const answer = await handler.answer(new Request('http://loom/privacy'))
    const html = await answer.text()
    expect(answer.headers.get('content-security-policy')).toBe(pagePolicy)
    expect(html).toContain('Last updated 2026-11-30')
    for (const words of [
      '90 days',
      '30 days',
      '7 days',
      'Anthropic',
      'Amazon Web Services',
      'Slack',
      '660 Forest Avenue',
    ]) {
      expect(html).toContain(words)
    }
    expect(html).not.toContain('Stripe')
    const proof = await lastProof(bed().store())
    expect(html).toContain(proof?.body.checkedAt.slice(11, 16))
    expect(html).toContain(proof?.signature)
    expect(html).not.toMatch(/https?:\/\/|src=|@import|<script|url\(/)
  })

  it('says what is broken as it says what is kept, with every sign made harmless', () => {
    const finding = {
      part: 'rows',
      name: '<b>',
      limit: '90 d',
      found: '"2" & too old',
      breach: true,
    } as const
    const body = { policy: 1, checkedAt: '2026-12-01T03:04:05.000Z', ok: false, findings: [finding] }
    const html = privacyPage({ mode: 'embedded', reach, proof: { body, signature: 's', publicKey: 'k' } })
    expect(html).toContain('2026-12-01 at 03:04 UTC, found 1 thing')
    expect(html).toContain('&#60;b&#62;')
    expect(html).not.toContain('<b>')
    expect(privacyPage({ mode: 'embedded', reach, proof: undefined })).toContain('has not run yet')
  })
})
