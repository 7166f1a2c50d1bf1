import type { Links } from '../../core/links.ts'
import type { Log } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { Lane } from '../../core/words.ts'
import type { Store } from '../../storage/database.ts'
import { askerOf } from '../../storage/threads/asker.ts'
import { createGone } from '../gone.ts'
import type { InstallLinks } from '../install/links.ts'
import { persist } from '../persist.ts'
import type { ChatPlatform } from '../platform.ts'
import { accessOf } from './access.ts'
import { createSlackApp } from './app.ts'
import { createAuthorizer } from './authorize.ts'
import { createSlackClients } from './clients.ts'
import { registerDesk } from './hear/index.ts'
import { createSlackHttp } from './http.ts'
import { createSlackInstall } from './install.ts'
import { keepOwnWorkspace } from './own-workspace.ts'
import { createSlackPorts } from './port/ports.ts'
import { fromSlack } from './read/faults.ts'
import { createFileFetcher } from './read/fetch-file.ts'
import { createNames } from './read/names.ts'
import { createThreadReader } from './read/thread.ts'
import { createSlackSignIn } from './sign-in.ts'
import { createSlackSocket } from './socket.ts'
import { registerListeners } from './take/listen.ts'
import { slackTaking } from './take/taking.ts'

export { lookAtToken, tryAppToken } from './own-workspace.ts'

/** How this Loom stands in Slack; the same as the settings' own shape. */
export interface SlackSettings {
  signingSecret: string | undefined
  botToken: string | undefined
  oauth: { clientId: string; clientSecret: string } | undefined
  appToken: string | undefined
  apiUrl: string
}

export interface SlackDeps {
  store: Store
  ring: (lane: Lane) => void
  log: Log
  settings: SlackSettings
  publicUrl: string
  /** Signs what goes to Slack and back while a workspace installs. */
  installKey: Buffer
  /** By which an account that is there already gets another workspace. */
  installLinks?: InstallLinks
  exportLinks?: Links
}

/** The Slack side of one process: what it hears, how it reads, how it is installed. */
export function createSlack(deps: SlackDeps): ChatPlatform {
  const { log, publicUrl, settings, store } = deps
  const { apiUrl } = settings
  const closing = new AbortController()
  const authorizer = createAuthorizer({ store })
  const clients = createSlackClients({ store, apiUrl, log })
  const names = createNames({ now: store.now })
  const gone = createGone({ store, log, platform: 'slack' })
  const reach = { store, log, authorizer, clients, names, gone }
  const taking = { ...deps, ...reach, ...slackTaking(reach), privacyUrl: `${publicUrl}/privacy` }
  const http = settings.signingSecret
    ? createSlackHttp({ signingSecret: settings.signingSecret, now: store.now, log })
    : undefined
  const socket = settings.appToken
    ? createSlackSocket({ appToken: settings.appToken, apiUrl, log })
    : undefined
  for (const ear of [http, socket]) {
    if (!ear) continue
    const app = createSlackApp({ receiver: ear.receiver, authorizer, apiUrl, log })
    registerListeners(app, taking)
    registerDesk(app, { ...taking, forget: authorizer.forget })
  }
  const { oauth } = settings
  const install = oauth
    ? createSlackInstall({
        ...{ store, log, authorizer, oauth, apiUrl, publicUrl, key: deps.installKey },
        links: deps.installLinks,
      })
    : undefined
  const installUrl: { installUrl?: string } = install ? { installUrl: `${publicUrl}/slack/install` } : {}

  return {
    platform: 'slack',
    handlers: {
      ...(http
        ? {
            '/slack/events': { method: 'POST', answer: http.handle },
            '/slack/interactions': { method: 'POST', answer: http.handle },
            '/slack/commands': { method: 'POST', answer: http.handle },
          }
        : {}),
      ...(install
        ? {
            '/slack/install': { method: 'GET', answer: install.begin },
            '/slack/oauth_redirect': { method: 'GET', answer: install.end },
          }
        : {}),
    },
    fetchFile: createFileFetcher({ clients, apiUrl, ...installUrl }),
    readThread: createThreadReader({ store, clients, names }),
    ports: createSlackPorts({
      accessOf: (installation) => accessOf(store, installation),
      askerOf: ({ tenantId }, thread) => askerOf(store, { tenantId, actor: { kind: 'system' } }, { thread }),
      gone: (installation, thread) =>
        gone(installation, {
          ...{ channel: parseThreadId(thread).channel, askedOf: thread, maybeClosed: true },
          installationId: installation.installationId,
        }),
      reinstallUrl: installUrl.installUrl,
      slackApiUrl: apiUrl,
      log,
      now: store.now,
    }),
    install,
    signIn: oauth ? createSlackSignIn({ store, clients, log, oauth, apiUrl, publicUrl }) : undefined,
    async start() {
      await persist({ log, signal: closing.signal, platform: 'Slack' }, async () => {
        if (settings.botToken) {
          const { missing } = await keepOwnWorkspace({ store, apiUrl, log }, settings.botToken)
          if (missing.length > 0) log.warn({ missing }, 'the bot token of Slack lacks scopes')
        }
        await socket?.receiver.start().catch((thrown: unknown) => {
          throw fromSlack(thrown)
        })
      })
    },
    async close() {
      closing.abort()
      await Promise.all([http?.receiver.stop(), socket?.receiver.stop()])
    },
  }
}
