import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, inject, it } from 'vitest'
import { alone, driveExports } from '../../../src/retention/export/drive.ts'
import { makeExport } from '../../../src/retention/export/make.ts'
import { proveObjects } from '../../../src/retention/proof/objects.ts'
import { requestDeletion, tombstoneTenant } from '../../../src/storage/erasure/delete-tenant.ts'
import { forgetPerson } from '../../../src/storage/erasure/forget-person.ts'
import { correctPerson } from '../../../src/storage/identities/correct.ts'
import { linkIdentities } from '../../../src/storage/identities/link.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { tableNames } from '../../../src/storage/schema/names.ts'
import { systemOf, useBed } from '../../storage/support/bed.ts'
import { createClock } from '../../support/clock.ts'
import { runPurge } from '../support.ts'
import { readExport } from './reader.ts'
import { canariesOf, finishedBrief, openScene, person } from './scene.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { clock, keepRows: true })
const link = /https:\/\/loom\.test\/e\/\S+/

async function scene() {
  const opened = await openScene(bed(), clock.now)
  const { tenant } = opened
  const owner = { account: tenant, role: 'owner' } as const
  const [pia, quentin] = [await person(tenant, 'Pia'), await person(tenant, 'Quentin')]
  return { ...opened, owner, pia, quentin }
}

describe('an export', () => {
  it('of an account is read back by a program that knows only the manifest', async () => {
    const { drive, get, line, owner, pia, quentin, tenant } = await scene()
    const mine = await finishedBrief(bed(), tenant, pia, quentin)
    await finishedBrief(bed(), tenant, quentin)
    await expect(line(pia, 'export all')).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await line(owner, 'export all')).toMatchObject({ changed: true })
    expect((await line(owner, 'export all')).text).toContain('is being made')
    await drive()
    const ready = await line(owner, 'export all')
    const url = link.exec(ready.text)?.[0] ?? ''
    expect(ready.link?.href).toBe(url)
    // Whoever only shows what a link is gets no file.
    expect(await (await get(url, { 'user-agent': 'Slackbot-LinkExpanding 1.0' })).text()).toContain(
      'in a browser',
    )
    const answer = await get(url)
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="loom-export-.*\.zip"/)
    const { data, files, manifest, text } = await readExport(Buffer.from(await answer.arrayBuffer()))

    expect(manifest).toMatchObject({
      about: { account: tenant.tenantId },
      policy: { version: 1 },
      missing: [],
    })
    for (const canary of [...canariesOf('Pia'), ...canariesOf('Quentin'), 'Quentin-steering'])
      expect([canary, text.includes(canary) || canary === 'Pia-tool-result']).toEqual([canary, true])
    expect(String(files.get(`files/${mine.jobId}/final/report.md`))).toBe('Pia-artifact')
    expect(String(files.get(`files/${mine.jobId}/inputs/input.csv`))).toBe('Pia-input')
    const told = [...files].find(([path]) => path.startsWith('transcripts/') && path.includes(mine.jobId))
    for (const words of [
      '**Pia Name**',
      'Pia-prompt',
      '**Quentin Name**',
      'Called `read_file`',
      '## The answer',
      'Pia-answer',
    ])
      expect(String(told?.[1])).toContain(words)
    // Readable: moments as ISO strings, no bytes, nothing keyed, nothing of a provider's own.
    expect(data.get('messages')?.[0]).toMatchObject({
      saidAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    expect(text).not.toMatch(/\\\\x[0-9a-f]{8}|"\w+(Sealed|Hash)"|sealed-by-a-provider/)
    expect(data.get('steps')?.[0]?.reply).toMatchObject([{ type: 'text' }, { type: 'tool_call' }])
    // Every table of the schema has its file, but what is nobody's.
    const left = tableNames()
      .map(({ key }) => key)
      .filter((key) => !data.has(key))
    expect(left.sort()).toEqual([
      'directory',
      'dueDeliveries',
      'inbox',
      'ledgerPosition',
      'policyRuns',
      'policyVersions',
      'providerLimits',
      'readyTasks',
      'timers',
    ])
  })

  it('of a person holds what is theirs and no word, file or name of anybody else', async () => {
    const { drive, get, line, pia, quentin, tenant } = await scene()
    const mixed = await finishedBrief(bed(), tenant, pia, quentin)
    await finishedBrief(bed(), tenant, pia)
    await finishedBrief(bed(), tenant, quentin, pia)
    await line(pia, 'export')
    await drive()
    const url = link.exec((await line(pia, 'export')).text)?.[0] ?? ''
    const { data, files, manifest, text } = await readExport(
      Buffer.from(await (await get(url)).arrayBuffer()),
    )

    expect(manifest.about).toEqual({ person: [pia.account.identityId] })
    // Her tool result stands in the brief that took nothing of others; what she said in his brief is hers.
    for (const canary of [...canariesOf('Pia'), 'Pia-steering', 'Pia Name'])
      expect([canary, text.includes(canary)]).toEqual([canary, true])
    expect(text).not.toContain('Quentin')
    expect(text).not.toContain(quentin.account.identityId)
    expect(text).toContain('Pia-reply to somebody else')
    const told = [...files].find(([path]) => path.startsWith('transcripts/') && path.includes(mixed.jobId))
    expect(String(told?.[1])).toContain('**somebody else**: left out')
    expect(data.get('jobs')).toHaveLength(2)
    expect(data.get('usageEvents')?.length).toBeGreaterThan(0)
    expect(data.get('auditLog')?.every(({ actorId }) => actorId === pia.account.identityId)).toBe(true)
    for (const table of ['tenants', 'installations', 'providerKeys', 'deliveries', 'blobs'])
      expect(data.has(table)).toBe(false)
    // In the mixed brief nobody can say whose the input was, so it is not hers.
    expect([...files.keys()].filter((path) => path.startsWith(`files/${mixed.jobId}/`))).toEqual([
      `files/${mixed.jobId}/final/report.md`,
    ])
  })

  it('is one a day of each form, tells its person alone, and is gone after its day', async () => {
    const { drive, get, keys, line, pia, tenant } = await scene()
    const { thread } = await finishedBrief(bed(), tenant, pia)
    const here = { ...pia, thread }
    expect((await line(here, 'export')).text).toContain('You are told here')
    await drive()
    const notices = await bed().admin`
      select body_sealed, id from loom.deliveries where tenant_id = ${tenant.tenantId} and subject like 'export:%'`
    expect(notices).toHaveLength(1)
    const sealer = await tenant.store.vault.sealer(tenant.tenantId, 'content')
    const notice = JSON.parse(sealer.openText(`deliveries.body:${notices[0]?.id}`, notices[0]?.body_sealed))
    expect(notice).toEqual({ onlyFor: pia.externalId, text: expect.stringMatching(link) })
    const url = link.exec(notice.text)?.[0] ?? ''
    expect((await line(here, 'export')).changed).toBe(false)
    await drive()
    expect(await keys()).toHaveLength(1)
    expect((await get(url.replace(/k=.{6}/, 'k=AAAAAA'))).status).toBe(403)
    const audited = await bed().admin`
      select action, actor_id from loom.audit_log where tenant_id = ${tenant.tenantId} and action like 'export.%' order by id`
    expect(audited).toMatchObject([
      { action: 'export.asked', actor_id: pia.account.identityId },
      { action: 'export.settled' },
    ])
    try {
      await clock.goTo(1.01)
      expect((await get(url)).status).toBe(404)
      await drive()
      expect(await keys()).toEqual([])
      expect((await line(here, 'export')).changed).toBe(true)
    } finally {
      await clock.goTo(0)
    }
  })

  it('that breaks off leaves no half file, is made anew, and is given up in words', async () => {
    const { deps, drive, keys, line, pia, tenant } = await scene()
    const { sha256 } = await finishedBrief(bed(), tenant, pia)
    await line(pia, 'export')
    const { objects } = tenant.store
    const broken = async (key: string) => {
      if (!key.includes(sha256)) return objects.stream(key)
      return { body: Readable.from(failing()), bytes: 9 }
    }
    async function* failing() {
      yield Buffer.from('half')
      throw new Error('the line went dead')
    }
    const store = { ...tenant.store, objects: { ...objects, stream: broken } }
    // A second ago: the server counts parts of the millisecond that this process's clock leaves out.
    const due = () =>
      bed()
        .admin`update loom.timers set due_at = now() - interval '1 second' where tenant_id = ${tenant.tenantId} and kind = 'export'`
    // Somebody else makes one of the same account, in whatever process: this one waits.
    await alone(tenant.store, tenant.tenantId, drive)
    expect(await keys()).toEqual([])
    await due()
    await driveExports({ ...deps, store })
    expect(await keys()).toEqual([])
    await due()
    await drive()
    expect(await keys()).toHaveLength(1)
    // Tried too often, it ends, and may be asked for anew.
    await bed()
      .admin`update loom.exports set state = 'asked', tries = 10 where tenant_id = ${tenant.tenantId}`
    await due()
    await drive()
    expect((await line(pia, 'export')).changed).toBe(true)
  })

  it('is made of a fenced account, opens for nobody once somebody had their words forgotten, and never of an erased one', async () => {
    const { deps, drive, get, keys, line, owner, pia, tenant } = await scene()
    await finishedBrief(bed(), tenant, pia)
    await requestDeletion(tenant.store, tenant.context, { reason: 'request', undoMs: 1_000 })
    await line(owner, 'export all')
    await drive()
    const url = link.exec((await line(owner, 'export all')).text)?.[0] ?? ''
    expect((await get(url)).status).toBe(200)
    await forgetPerson(tenant.store, systemOf(tenant), { identityId: pia.account.identityId })
    expect((await get(url)).status).toBe(404)
    await line(pia, 'export')
    try {
      await clock.goTo(0.1)
      await tombstoneTenant(tenant.store, systemOf(tenant))
      await drive()
      // The first lies inside the account's prefix and goes with it; of the second nothing was stored.
      expect(await keys()).toHaveLength(1)
      await expect(
        makeExport(deps, { tenantId: tenant.tenantId, about: { form: 'tenant' } }),
      ).rejects.toMatchObject({
        kind: expect.stringMatching(/forbidden|not_found/),
      })
    } finally {
      await clock.goTo(0)
    }
  })

  it('shows what was put right of who somebody is, on every platform that is theirs', async () => {
    const { drive, get, line, pia, quentin, tenant } = await scene()
    const { store } = tenant
    const { identityId } = pia.account
    const right = { identityId, name: 'Ada Byron', email: 'ada@example.com' }
    expect(await correctPerson(store, systemOf(tenant), right)).toEqual({ member: false })
    await linkIdentities(store, systemOf(tenant), { identityId, sameAsId: quentin.account.identityId })
    expect(await correctPerson(store, systemOf(tenant), right)).toEqual({ member: true })
    expect(
      await correctPerson(store, systemOf(tenant), { ...right, identityId: store.newId() }),
    ).toBeUndefined()
    await line(quentin, 'export')
    await drive()
    const url = link.exec((await line(pia, 'export')).text)?.[0] ?? ''
    const { data } = await readExport(Buffer.from(await (await get(url)).arrayBuffer()))
    expect(data.get('members')).toMatchObject([{ name: 'Ada Byron', email: 'ada@example.com' }])
    expect(data.get('identities')?.map(({ name }) => name)).toEqual(['Ada Byron', 'Quentin Name'])
  })

  it('that nobody took away is a breach after its day and a night, and the purge takes it', async () => {
    const { keys, tenant } = await scene()
    const lost = objectKeys.export({ tenantId: tenant.tenantId, exportId: tenant.store.newId() })
    await tenant.store.objects.put(lost, Buffer.from('zip'), { mediaType: 'application/zip' })
    const found = async () =>
      (await proveObjects(bed().store('loom_dump'))).find(({ name }) => name === '<tenant>/exports/')
    try {
      await clock.goTo(0.9)
      await runPurge(bed())
      expect(await keys()).toEqual([lost])
      expect(await found()).toMatchObject({ breach: false })
      await clock.goTo(2.2)
      expect(await found()).toMatchObject({ breach: true })
      await runPurge(bed())
      expect(await keys()).toEqual([])
    } finally {
      await clock.goTo(0)
    }
  })

  it('copies a large file through in pieces: what is on its way stays small however much there is', async () => {
    const { deps, pia, tenant } = await scene()
    await finishedBrief(bed(), tenant, pia)
    const [file] = await bed().admin`select sha256 from loom.artifacts where tenant_id = ${tenant.tenantId}`
    const pieces = 64
    let [given, taken, most] = [0, 0, 0]
    async function* large() {
      for (let piece = 0; piece < pieces; piece += 1) {
        given += 262_144
        most = Math.max(most, given - taken)
        yield randomBytes(262_144)
      }
    }
    const { objects } = tenant.store
    const stream = async (key: string) =>
      key.endsWith(String(file?.sha256)) ? { body: Readable.from(large()), bytes: 0 } : objects.stream(key)
    const store = { ...tenant.store, objects: { ...objects, stream } }
    const about = { form: 'tenant' } as const
    const { body } = await makeExport({ ...deps, store }, { tenantId: tenant.tenantId, about })
    for await (const chunk of body) taken += (chunk as Buffer).byteLength
    expect(taken).toBeGreaterThan(pieces * 262_144)
    expect(most).toBeLessThan(6 * 1_048_576)
  })
})
