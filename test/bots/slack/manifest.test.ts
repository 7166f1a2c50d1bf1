import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { webApi } from '@slack/bolt'
import { expect, test } from 'vitest'
import { slackManifest } from '../../../src/bots/slack/manifest.ts'
import { scopes } from '../../../src/bots/slack/scopes.ts'

const root = path.join(import.meta.dirname, '../../..')
type Manifest = webApi.AppsManifestCreateArguments['manifest']

test('is one that Slack’s own types know, but for what is newer than they are', () => {
  const { oauth_config, settings, ...rest } = slackManifest({ host: 'https://loom.test', socket: false })
  const known: Manifest = {
    ...rest,
    oauth_config: { ...oauth_config, scopes: { bot: ['chat:write'] } },
    settings: {
      ...settings,
      event_subscriptions: { ...settings.event_subscriptions, bot_events: ['app_mention'] },
    },
  }
  expect(known.display_information.description?.length).toBeLessThanOrEqual(140)
  expect(known.display_information.long_description?.length).toBeGreaterThanOrEqual(174)
  expect(rest.features.agent_view.agent_description.length).toBeLessThanOrEqual(300)
  expect(rest.features.shortcuts[0]?.name.length).toBeLessThanOrEqual(24)
})

test('the file in the project is what the command prints, for a host of one’s own or for Socket Mode', async () => {
  const file = JSON.parse(await readFile(path.join(root, 'manifest.json'), 'utf8'))
  expect(file).toEqual(slackManifest({ host: 'https://loom.example.com', socket: false }))
  const print = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['src/cli/slack-manifest.ts', ...words], {
      cwd: root,
    })
    return JSON.parse(stdout)
  }
  const mine = await print('https://my.host/')
  expect(mine.settings.event_subscriptions.request_url).toBe('https://my.host/slack/events')
  expect(mine.features.slash_commands[0].url).toBe('https://my.host/slack/commands')
  const socket = await print('--socket')
  expect(JSON.stringify(socket)).not.toContain('/slack/')
  expect(socket.settings.socket_mode_enabled).toBe(true)
  await expect(print('http://insecure.host')).rejects.toMatchObject({ code: 1 })
  await expect(print()).rejects.toMatchObject({ code: 1 })
})

test('the page for newcomers names every scope and why it is needed', async () => {
  const page = await readFile(path.join(root, 'docs/slack.md'), 'utf8')
  for (const [name, why] of scopes) expect(page).toContain(`| \`${name}\` | ${why} |`)
})
