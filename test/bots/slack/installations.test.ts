import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSlackClients } from '../../../src/bots/slack/clients.ts'
import { changeInstallation } from '../../../src/storage/installations/change.ts'
import { findInstallation } from '../../../src/storage/installations/find.ts'
import { revokeInstallation } from '../../../src/storage/installations/revoke.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

const jobsOf = (tenantId: string) =>
  bed.rows(`select id, state from loom.jobs where tenant_id = '${tenantId}' order by created_at`)
const systemOf = (tenantId: string) => ({ tenantId, actor: { kind: 'system' } }) as const

/** An organisation of two teams, whose admin allowed Loom for all of it on Slack's page. */
async function organisation(name: string) {
  const enterprise = { id: `E${name.toUpperCase()}`, name }
  const [first, second] = ['one', 'two'].map((each) =>
    bed.fake.addTeam({ name: `${name} ${each}`, enterprise }),
  )
  if (!first || !second) throw new Error('no teams')
  const ana = first.addUser({ name: 'Ana' })
  const response = await fetch(bed.at('install'), { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  const back = first.approves(response.headers.get('location') ?? '', ana, { orgWide: true })
  const done = await fetch(`${bed.at('oauth_redirect')}${new URL(back).search}`, { headers: { cookie } })
  const find = () =>
    findInstallation(bed.store, { platform: 'slack', kind: 'enterprise', externalId: enterprise.id })
  const [install, installed] = [first.installed(), await find()]
  if (!install || !installed) throw new Error('not installed')
  return { ana, done, enterprise, find, first, install, installed, second }
}

test('an organisation is installed as a whole: every team of it is heard as one account', async () => {
  const { ana, done, enterprise, first, install, installed, second } = await organisation('Globex')
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Loom is in Globex')])
  const ben = second.addUser({ name: 'Ben' })
  const rooms = [
    first.addChannel({ name: 'a', members: [ana, install] }),
    second.addChannel({ name: 'b', members: [ben, install] }),
  ]
  ana.says(rooms[0]?.id ?? '', `<@${install.botUserId}> compare`)
  ben.says(rooms[1]?.id ?? '', `<@${install.botUserId}> compare`)
  await bed.fake.settled()
  expect(await jobsOf(installed.tenantId)).toHaveLength(2)
  const sealer = await bed.store.vault.sealer(installed.tenantId, 'content')
  const kept = await bed.bed.admin<{ hash: string }[]>`
    select encode(external_hash, 'hex') as hash from loom.messages where tenant_id = ${installed.tenantId}`
  const keys = bed.fake.deliver.envelopes
    .filter(({ enterprise_id, event }) => enterprise_id === enterprise.id && event.type === 'message')
    .map(({ event }) => `slack:${enterprise.id}:${event.channel}:${event.ts}`)
  expect(kept.map(({ hash }) => hash).sort()).toEqual(
    keys.map((key) => sealer.hash('message', key).toString('hex')).sort(),
  )
})

test('one team that goes takes nothing from its organisation; the organisation that goes takes all', async () => {
  const { ana, find, first, install, installed, second } = await organisation('Initech')
  const room = first.addChannel({ name: 'a', members: [ana, install] })
  ana.says(room.id, `<@${install.botUserId}> compare`)
  await bed.fake.settled()
  const ofOneTeam = { ...(second as unknown as Parameters<typeof bed.fake.deliver.event>[0]) }
  const removed = { type: 'app_uninstalled', event_ts: '1.1' }
  bed.fake.deliver.hold()
  bed.fake.deliver.event({ ...ofOneTeam, enterprise: { id: 'EINITECH', name: 'Initech' } }, removed)
  for (const { authorizations } of bed.fake.deliver.envelopes.slice(-1)) {
    const [one] = authorizations as Record<string, unknown>[]
    Object.assign(one ?? {}, { team_id: second.id, is_enterprise_install: false })
  }
  bed.fake.deliver.release()
  await bed.fake.settled()
  expect(bed.fake.deliver.log.at(-1)).toMatchObject({ type: 'app_uninstalled', acknowledged: true })
  expect(await find()).toMatchObject({ revoked: false })
  expect(await jobsOf(installed.tenantId)).toMatchObject([{ state: 'received' }])
  first.uninstalls()
  await bed.fake.settled()
  expect(await find()).toMatchObject({ revoked: true })
  expect(await jobsOf(installed.tenantId)).toMatchObject([{ state: 'cancelled' }])
})

test('what another process set or revoked holds from the next event on', async () => {
  const place = await bed.workspace()
  const { installationId, tenantId } = place.account
  place.ana.says(place.channel.id, `${place.loom} one`)
  await bed.fake.settled()
  expect(await jobsOf(tenantId)).toHaveLength(1)
  const change = { channels: ['C0OTHER'] }
  await changeInstallation(bed.store, systemOf(tenantId), { installationId, change })
  place.ana.says(place.channel.id, `${place.loom} two`)
  await bed.fake.settled()
  expect(await jobsOf(tenantId)).toHaveLength(1)
  await changeInstallation(bed.store, systemOf(tenantId), { installationId, change: { channels: undefined } })
  place.ana.says(place.channel.id, `${place.loom} three`)
  await bed.fake.settled()
  expect(await jobsOf(tenantId)).toHaveLength(2)
  await revokeInstallation(bed.store, systemOf(tenantId), { installationId })
  place.ana.says(place.channel.id, `${place.loom} four`)
  await bed.fake.settled()
  expect(await jobsOf(tenantId)).toHaveLength(2)
})

test('tokens that another process revoked are refused by a client that was opened before', async () => {
  const { account } = await bed.workspace()
  const clients = createSlackClients({ store: bed.store, apiUrl: bed.fake.url, log: bed.store.log })
  const { botToken } = await clients.sideOf(account)
  expect(await clients.sideOf(account)).toBe(await clients.sideOf(account))
  expect(botToken).toMatch(/^xoxb-/)
  await revokeInstallation(bed.store, systemOf(account.tenantId), account)
  await expect(clients.sideOf(account)).rejects.toMatchObject({ kind: 'forbidden' })
})
