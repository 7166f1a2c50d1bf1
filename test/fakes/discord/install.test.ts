import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type APIInteraction, Routes } from 'discord.js'
import { afterEach, expect, test } from 'vitest'
import { refusal, useDiscord } from './support.ts'

const start = useDiscord()
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const redirect = 'https://loom.example.com/discord/oauth'

function authorizeUrl(clientId: string, more: Record<string, string> = {}): string {
  const query = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'bot identify',
    ...more,
  }
  return `https://discord.com/oauth2/authorize?${new URLSearchParams(query)}`
}

test('somebody who manages a server installs the app, and the code says who and where', async () => {
  const { ana, ben, discord } = await start({ redirectUris: [redirect] })
  const guild = discord.addGuild({ name: 'New', owner: ana, bot: false, members: [ben] })
  const url = authorizeUrl(discord.applicationId, { state: 's1', permissions: '2048' })
  expect(() => ben.approves(url, { guild })).toThrow('may not add apps')
  expect(() => ana.approves(url.replace('loom', 'evil'), { guild })).toThrow('redirect_uri')
  const back = new URL(ana.approves(url, { guild })).searchParams
  expect([back.get('state'), back.get('guild_id'), guild.hasBot()]).toEqual(['s1', guild.id, true])
  const token = async (more: Record<string, string>) => {
    const response = await fetch(`${discord.apiUrl}/v10/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: discord.applicationId,
        client_secret: discord.clientSecret,
        redirect_uri: redirect,
        code: back.get('code') ?? '',
        ...more,
      }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  expect(await token({ client_secret: 'no' })).toEqual({ status: 401, body: { error: 'invalid_client' } })
  const { body } = await token({})
  expect(body).toMatchObject({ token_type: 'Bearer', scope: 'bot identify', guild: { id: guild.id } })
  expect(await token({})).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  const bearer = async (path: string, access = body.access_token) => {
    const headers = { authorization: `Bearer ${access}` }
    const response = await fetch(`${discord.apiUrl}/v10${path}`, { headers })
    return { status: response.status, body: (await response.json()) as unknown }
  }
  expect(await bearer('/users/@me')).toMatchObject({ body: { id: ana.id, global_name: 'Ana' } })
  expect(await bearer('/oauth2/@me')).toMatchObject({
    body: { user: { id: ana.id }, scopes: ['bot', 'identify'] },
  })
  expect((await bearer('/users/@me', 'no')).status).toBe(401)
  expect((await bearer(`/guilds/${guild.id}`)).status).toBe(401)
  expect(new URL(ana.declines(url)).searchParams.get('error')).toBe('access_denied')
})

/** An app behind an address; `isStrict` looks at signatures. */
async function startApp(
  publicKey: string,
  answer: (given: APIInteraction) => object | undefined,
  isStrict = true,
) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'hex')])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const signature = Buffer.from(String(request.headers['x-signature-ed25519']), 'hex')
    const signed = Buffer.concat([Buffer.from(String(request.headers['x-signature-timestamp'])), body])
    if (isStrict && !verify(null, signed, key, signature)) return void response.writeHead(401).end()
    const given = JSON.parse(body.toString()) as APIInteraction
    const said = given.type === 1 ? { type: 1 } : answer(given)
    if (!said) return void response.writeHead(202).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/discord/interactions`
}

test('interactions go signed to an address, and are answered there or by the API', async () => {
  const { ana, channel, discord, rest } = await start()
  await rest.put(Routes.applicationCommands(discord.applicationId), {
    body: [{ name: 'loom', description: 'x', options: [{ type: 3, name: 'how', description: 'x' }] }],
  })
  const blind = await startApp(discord.publicKey, () => undefined, false)
  const setting = (url: string) =>
    rest.patch(Routes.currentApplication(), { body: { interactions_endpoint_url: url } })
  expect((await refusal(setting(blind))).fields).toEqual([
    'interactions_endpoint_url APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID',
  ])
  const url = await startApp(discord.publicKey, (given) => {
    const how = JSON.stringify(given).includes('"late"')
    return how ? undefined : { type: 4, data: { content: 'at once' } }
  })
  await setting(url)
  expect((await ana.runs(channel.id, 'loom').finished()).text).toBe('at once')
  const late = ana.runs(channel.id, 'loom', { how: 'late' })
  await discord.interactions.settled()
  expect(late.interaction.answered).toBeUndefined()
  const { id, token } = late.interaction
  await rest.post(Routes.interactionCallback(id, token), { body: { type: 5 }, auth: false })
  expect(await late.answered()).toBe('thinking')
  expect(discord.gateway.events).toEqual([])
  await discord.interactions.to(undefined)
  const unheard = ana.runs(channel.id, 'loom').answered()
  discord.pass(3001)
  await expect(unheard).rejects.toThrow('did not respond')
})

test('commands are registered as often as one likes, and their faults are named', async () => {
  const { ana, channel, discord, guild, rest } = await start()
  const route = Routes.applicationCommands(discord.applicationId)
  const put = (body: object[]) =>
    rest.put(route, { body }) as Promise<{ id: string; version: string; name: string }[]>
  const loom = { name: 'loom', description: 'x' }
  const [first] = await put([loom])
  expect(await put([loom])).toMatchObject([{ id: first?.id, version: first?.version }])
  const [changed] = await put([
    { ...loom, description: 'y' },
    { name: 'Take this', type: 3 },
  ])
  expect(changed?.id).toBe(first?.id)
  expect(changed?.version).not.toBe(first?.version)
  expect(ana.commands(channel.id)).toEqual(['loom', 'Take this'])
  const fields = async (...body: object[]) => (await refusal(put(body))).fields
  const option = (name: string, more: object = {}) => ({ type: 3, name, description: 'x', ...more })
  expect(await fields({ name: 'Loom', description: 'x' })).toEqual([
    '0.name APPLICATION_COMMAND_INVALID_NAME',
  ])
  expect(await fields({ name: 'loom', description: 'x'.repeat(101) })).toEqual([
    '0.description BASE_TYPE_MAX_LENGTH',
  ])
  expect(await fields({ name: 'loom' })).toEqual(['0.description BASE_TYPE_REQUIRED'])
  expect(await fields(loom, loom)).toEqual(['1 APPLICATION_COMMANDS_DUPLICATE_NAME'])
  expect(await fields({ ...loom, options: [option('a'), option('b', { required: true })] })).toEqual([
    '0.options.1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
  ])
  const many = Array.from({ length: 26 }, (_, index) => option(`o${index}`))
  expect(await fields({ ...loom, options: many })).toEqual(['0.options BASE_TYPE_MAX_LENGTH'])
  const choices = [{ name: 'x'.repeat(101), value: 'x' }]
  expect(await fields({ ...loom, options: [option('a', { choices })] })).toEqual([
    '0.options.0.choices.0.name BASE_TYPE_MAX_LENGTH',
  ])
  const inGuild = Routes.applicationGuildCommands(discord.applicationId, guild.id)
  await rest.put(inGuild, { body: [{ ...loom, default_member_permissions: '8' }] })
  expect(ana.commands(channel.id)).toEqual(['Take this', 'loom'])
  expect(discord.people.byId(ana.id).commands(channel.id)).toContain('loom')
  const elsewhere = discord.addGuild({ name: 'B', owner: ana, bot: false })
  const other = Routes.applicationGuildCommands(discord.applicationId, elsewhere.id)
  expect(await refusal(rest.put(other, { body: [] }))).toMatchObject({ status: 403, code: 50001 })
})
