import { webApi } from '@slack/bolt'
import { expect, test } from 'vitest'
import { startSlack } from './server.ts'
import { refusal, silent, useSlack } from './support.ts'

const start = useSlack()
const redirect = 'http://127.0.0.1:1/slack/oauth'

function pageFor(clientId: string, scope = 'chat:write,commands') {
  const asked = new URLSearchParams({ client_id: clientId, scope, redirect_uri: redirect, state: 's1' })
  return `https://slack.test/oauth/v2/authorize?${asked}`
}

test('an approved install gives a code, good once, for its own address and with the app’s secret', async () => {
  await using slack = await startSlack()
  const team = slack.addTeam({ name: 'Acme' })
  const ana = team.addUser({ name: 'Ana', isAdmin: true })
  const back = new URL(team.approves(pageFor(slack.app.clientId), ana))
  expect([back.origin, back.searchParams.get('state')]).toEqual(['http://127.0.0.1:1', 's1'])
  const code = back.searchParams.get('code') ?? ''
  const client = new webApi.WebClient(undefined, { slackApiUrl: slack.url, logger: silent })
  const secrets = { client_id: slack.app.clientId, client_secret: slack.app.clientSecret }
  const access = (more: object) =>
    client.oauth.v2.access({ ...secrets, code, redirect_uri: redirect, ...more })
  expect((await refusal(access({ client_secret: 'x' }))).error).toBe('bad_client_secret')
  expect((await refusal(access({ redirect_uri: 'http://evil.test/' }))).error).toBe('bad_redirect_uri')
  const granted = await access({})
  expect(granted).toMatchObject({
    token_type: 'bot',
    scope: 'chat:write,commands',
    team: { id: team.id, name: 'Acme' },
    enterprise: null,
    authed_user: { id: ana.id },
    app_id: slack.app.id,
  })
  expect((await refusal(access({}))).error).toBe('invalid_code')
  expect(JSON.stringify(slack.calls)).not.toContain(slack.app.clientSecret)
  const own = new webApi.WebClient(granted.access_token, { slackApiUrl: slack.url, logger: silent })
  expect(await own.auth.test()).toMatchObject({ team_id: team.id, user_id: granted.bot_user_id })
})

test('an organisation’s install works in all of its teams', async () => {
  const { clientFor, slack } = await start()
  const enterprise = { id: 'E0ORG', name: 'Org' }
  const one = slack.addTeam({ name: 'One', enterprise })
  const two = slack.addTeam({ name: 'Two', enterprise })
  const cid = one.addUser({ name: 'Cid' })
  const install = one.install({ orgWide: true, installer: cid })
  const channel = two.addChannel({ name: 'far', members: [install] })
  const client = clientFor(install.botToken)
  expect((await client.chat.postMessage({ channel: channel.id, text: 'x' })).ok).toBe(true)
  expect(await client.auth.test()).toMatchObject({ enterprise_id: 'E0ORG', is_enterprise_install: true })
  const dan = two.addUser({ name: 'Dan' })
  channel.invite(dan)
  dan.says(channel.id, 'Hi')
  expect(slack.deliver.envelopes.at(-1)).toMatchObject({
    team_id: two.id,
    enterprise_id: 'E0ORG',
    authorizations: [{ team_id: null, enterprise_id: 'E0ORG', is_enterprise_install: true }],
  })
})

test('an uninstalled app is told so, and its token is good for nothing', async () => {
  const { client, slack, team } = await start()
  team.uninstalls()
  expect(slack.deliver.envelopes.map((made) => made.event.type)).toEqual([
    'tokens_revoked',
    'app_uninstalled',
  ])
  expect((await refusal(client.auth.test())).error).toBe('account_inactive')
})

test('a token that the app gives back is revoked, and installing again gives another', async () => {
  const { client, clientFor, slack, team } = await start()
  expect(await client.auth.revoke()).toMatchObject({ revoked: true })
  expect((await refusal(client.auth.test())).error).toBe('token_revoked')
  expect(slack.deliver.envelopes.at(-1)?.event.type).toBe('tokens_revoked')
  const again = team.install()
  expect((await clientFor(again.botToken).auth.test()).ok).toBe(true)
})

test('people of other organisations are strangers, and never admins', async () => {
  const { ana, channel, client, slack, team } = await start()
  const eve = team.addUser({ name: 'Eve', isAdmin: true, homeTeamId: 'T0OTHER' })
  channel.invite(eve)
  channel.isShared(true)
  eve.says(channel.id, 'Hello')
  expect(slack.deliver.envelopes.at(-1)).toMatchObject({
    is_ext_shared_channel: true,
    event: { user: eve.id, user_team: 'T0OTHER' },
  })
  const { user } = await client.users.info({ user: eve.id })
  expect(user).toMatchObject({ is_admin: false, is_stranger: true, team_id: 'T0OTHER' })
  expect((await client.users.info({ user: ana.id })).user).toMatchObject({
    is_admin: true,
    tz: 'Europe/Berlin',
  })
  expect((await client.conversations.info({ channel: channel.id })).channel?.is_ext_shared).toBe(true)
})

test('a direct message is between two, and Slack gives the same one each time', async () => {
  const { ana, client, slack, team } = await start()
  const { channel } = await client.conversations.open({ users: ana.id })
  const room = team.openDm(ana)
  expect(channel?.id).toBe(room.id)
  await client.chat.postMessage({ channel: room.id, text: 'Hello' })
  ana.says(room.id, 'Good morning')
  expect(slack.deliver.envelopes.at(-1)?.event).toMatchObject({ type: 'message', channel_type: 'im' })
  const { members } = await client.conversations.members({ channel: room.id })
  expect(members).toContain(ana.id)
})
