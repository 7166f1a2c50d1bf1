import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { createInstallLinks } from '../../../../src/bots/install/links.ts'
import { createSlack, type SlackSettings } from '../../../../src/bots/slack/index.ts'
import { createLinks } from '../../../../src/core/links.ts'
import type { Log } from '../../../../src/core/ports.ts'
import { findInstallation } from '../../../../src/storage/installations/find.ts'
import { saveInstallation } from '../../../../src/storage/installations/save.ts'
import { createWebApp } from '../../../../src/web/app.ts'
import { type Listening, listen } from '../../../../src/web/listen.ts'
import { type SlackOptions, startSlack } from '../../../fakes/slack/server.ts'
import { openTestBed, type TestBed } from '../../../support/store.ts'

/** Loom's Slack side over the small Slack and a database of its own: listening on a real port, nothing working. */
export async function openSlackBed(
  options: { slack?: SlackOptions; settings?: Partial<SlackSettings>; socket?: boolean } = {},
) {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const [bed, fake] = await Promise.all([openTestBed(server), startSlack(options.slack)])
  const logged: { fields: Record<string, unknown>; message: string }[] = []
  const log = recordingLog(logged)
  const store = { ...bed.store(), log }
  const rung: string[] = []
  const settings: SlackSettings = {
    signingSecret: fake.app.signingSecret,
    botToken: undefined,
    oauth: { clientId: fake.app.clientId, clientSecret: fake.app.clientSecret },
    appToken: options.socket ? fake.app.appToken : undefined,
    apiUrl: fake.url,
    ...options.settings,
  }
  const publicUrl = 'http://loom.test'
  const installLinks = createInstallLinks({
    ...{ key: randomBytes(32), publicUrl, now: store.now },
    platforms: ['slack'],
  })
  const slack = createSlack({
    ...{ store, log, settings, publicUrl },
    ring: (lane) => void rung.push(lane),
    installKey: randomBytes(32),
    installLinks,
  })
  const links = createLinks({ key: randomBytes(32), baseUrl: publicUrl, now: Date.now, ttlMs: 900_000 })
  const app = createWebApp({ store, objects: store.objects, links, log, handlers: slack.handlers })
  const web: Listening = await listen(app, { port: 0 })
  const at = (path: string) => `http://127.0.0.1:${web.port}/slack/${path}`
  fake.deliver.to({ events: at('events'), interactivity: at('interactions'), commands: at('commands') })
  await slack.start()

  /** A workspace in which Loom is installed, with a person and a channel. */
  const workspace = async (name = 'Acme') => {
    const team = fake.addTeam({ name })
    const ana = team.addUser({ name: 'Ana' })
    const install = team.install({ installer: ana })
    const channel = team.addChannel({ name: 'launch', members: [ana, install] })
    const { appId, botToken, botUserId } = install
    const account = await saveInstallation(store, {
      ...{ platform: 'slack', kind: 'team', externalId: team.id, scopes: install.scopes },
      tokens: { botToken, botUserId, appId },
      installer: { externalId: ana.id, name: 'Ana' },
    })
    return { team, ana, install, channel, account, loom: `<@${botUserId}>` }
  }

  return {
    ...{ bed, fake, slack, store, app, web, at, rung, logged, settings, workspace, installLinks },
    jobs: () => rows(bed, 'select id, state, tenant_id from loom.jobs order by created_at'),
    rows: (text: string) => rows(bed, text),
    installationOf: (externalId: string) =>
      findInstallation(store, { platform: 'slack', kind: 'team', externalId }),
    async close() {
      await web.close({ boundMs: 1_000 })
      await slack.close()
      await fake.close()
      await bed.close()
    },
  }
}

export type SlackBed = Awaited<ReturnType<typeof openSlackBed>>

function rows(bed: TestBed, text: string) {
  return bed.admin.unsafe<Record<string, string>[]>(text)
}

function recordingLog(logged: { fields: Record<string, unknown>; message: string }[]): Log {
  const take = (fields: Record<string, unknown>, message: string) => void logged.push({ fields, message })
  const log: Log = { debug: take, info: take, warn: take, error: take, child: () => log }
  return log
}
