import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { localOwner, saveOwnInstallation } from '../../src/bots/own-account.ts'
import { chatCommands } from '../../src/cli/commands/chats.ts'
import { parseConfig } from '../../src/config.ts'
import { openInstallLinks } from '../../src/roles/install-links.ts'
import { openParts, type Parts } from '../../src/roles/parts.ts'
import { saveInstallation } from '../../src/storage/installations/save.ts'
import { openAccount } from '../../src/storage/tenants/create.ts'
import { accept } from '../storage/support/jobs.ts'
import { freshThread, sentTo } from '../storage/support/second-chat.ts'
import { openTestBed, silentLog, type TestBed } from '../support/store.ts'

let bed: TestBed
let parts: Parts
beforeAll(async () => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  bed = await openTestBed(server)
  const config = parseConfig({
    ...{ DATABASE_URL: bed.url, LOOM_HOME: bed.home, PUBLIC_URL: 'https://loom.example' },
    ...{ SLACK_SIGNING_SECRET: 'x', SLACK_CLIENT_ID: '1.2', SLACK_CLIENT_SECRET: 'x' },
  })
  parts = await openParts({ config, log: silentLog, say: () => undefined })
})
afterAll(async () => {
  await parts.close()
  await bed.close()
})

const team = (externalId: string) => ({
  ...({ platform: 'slack', kind: 'team', externalId } as const),
  tokens: { botToken: 'xoxb-1', botUserId: 'U0', appId: 'A0' },
  scopes: [],
  installer: { externalId: 'U0', name: 'Loom' },
})

/** The operator, and what `npm run loom --` says to them. */
async function operator() {
  const store = parts.openStore('loom_app')
  const account = await openAccount(store, localOwner)
  const actor = { kind: 'person', identityId: account.identityId } as const
  const context = { tenantId: account.tenantId, actor }
  const loom = async (name: string, ...words: string[]) => {
    const command = chatCommands.find((each) => each.name === name)
    if (!command) throw new Error('no such command')
    return command.run({ parts, store, context }, words)
  }
  return { store, account, tenant: { ...account, store, context }, loom }
}

test('what stands in the settings of one Loom belongs to the operator’s account, and the rest to whom it belonged', async () => {
  const { account, store } = await operator()
  for (const id of ['T0ONE', 'T0TWO', 'T0ONE']) {
    expect(await saveOwnInstallation(store, team(id))).toMatchObject({ tenantId: account.tenantId })
  }
  const theirs = await saveInstallation(store, team('T0THEIRS'))
  expect(theirs.tenantId).not.toBe(account.tenantId)
  const own = await saveOwnInstallation(store, team('T0THEIRS'))
  expect([own.tenantId, own.installationId]).toEqual([theirs.tenantId, theirs.installationId])
})

test('a job is shown in a thread of a chat that is connected, and there no more', async () => {
  const { loom, store, tenant } = await operator()
  const { jobId = '' } = await accept(tenant)
  const thread = freshThread()
  await bed.admin`update loom.installations set revoked_at = now() where platform = 'slack'`
  await expect(loom('watch', jobId, thread)).rejects.toThrow('Slack is not connected with this account.')
  await saveOwnInstallation(store, team('T0NEW'))
  for (const [word, sentence] of [
    ['local:terminal:x', 'A terminal shows its own briefs'],
    ['slack:C1:x', 'A thread of Slack is written as'],
    ['x', 'That is not a thread Loom knows.'],
  ] as const) {
    await expect(loom('watch', jobId, word)).rejects.toThrow(sentence)
  }
  expect(await loom('watch', jobId, thread)).toContain('Everyone who can read that thread')
  expect(await loom('watch', jobId, thread)).toBe('The job is shown there already.')
  expect(await sentTo(bed, tenant, thread)).toEqual(['card pending due'])
  await saveOwnInstallation(store, team('T0MORE'))
  await expect(loom('watch', jobId, freshThread())).rejects.toThrow('Several chats of Slack are connected')
  expect(await loom('watch', jobId, thread)).toBe('The job is shown there already.')
  expect(await loom('unwatch', jobId, thread)).toBe('The job is no longer shown there.')
  expect(await loom('unwatch', jobId, thread)).toContain('shows no job of elsewhere')
})

test('a platform is connected by a link that is the operator’s', async () => {
  const { account, loom, store } = await operator()
  const text = await loom('connect', 'Slack')
  const [href = ''] = /https:\S+/.exec(text) ?? []
  expect(href).toMatch(/^https:\/\/loom\.example\/slack\/install\?for=/)
  const links = await openInstallLinks({ config: parts.config, store })
  const { identityId, tenantId } = account
  expect(links.open('slack', new URL(href).searchParams.get('for') ?? '')).toMatchObject({
    ...{ identityId, tenantId },
  })
  await expect(loom('connect', 'discord')).rejects.toThrow('What can be connected by a link here: Slack.')
})
