import { once } from 'node:events'
import { App, HTTPReceiver, type Logger, LogLevel, webApi } from '@slack/bolt'
import { afterEach } from 'vitest'
import { type FakeSlack, type SlackOptions, startSlack } from './server.ts'

/** The client writes what Slack refused to the console; these tests refuse on purpose. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
}

/** A workspace with the app in it, two people, a channel, and the real client with the app's token. */
export function useSlack() {
  const open: FakeSlack[] = []
  afterEach(async () => {
    for (const slack of open.splice(0)) await slack.close()
  })
  return async (options: SlackOptions = {}) => {
    const slack = await startSlack(options)
    open.push(slack)
    const team = slack.addTeam({ name: 'Acme' })
    const ana = team.addUser({ name: 'Ana', isAdmin: true })
    const ben = team.addUser({ name: 'Ben' })
    const install = team.install()
    const channel = team.addChannel({ name: 'launch', members: [ana, ben, install] })
    const clientFor = (token: string) =>
      new webApi.WebClient(token, {
        slackApiUrl: slack.url,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        logger: silent,
      })
    return { slack, team, ana, ben, install, channel, clientFor, client: clientFor(install.botToken) }
  }
}

/** The real Bolt behind its own HTTP receiver, which checks signatures. */
export async function startBolt(slack: FakeSlack, botToken: string) {
  const receiver = new HTTPReceiver({ signingSecret: slack.app.signingSecret, logger: silent })
  const app = new App({
    receiver,
    token: botToken,
    logger: silent,
    clientOptions: { slackApiUrl: slack.url, retryConfig: { retries: 0 } },
  })
  const server = await app.start(0)
  if (!server.listening) await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  slack.deliver.to(`http://127.0.0.1:${port}/slack/events`)
  return { app, [Symbol.asyncDispose]: async () => void (await app.stop()) }
}

/** Slack's error of a call that must fail, and what it said beside. */
export async function refusal(call: Promise<unknown>): Promise<{ error: string; [key: string]: unknown }> {
  try {
    await call
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError) return error.data as { error: string }
    throw error
  }
  throw new Error('it was taken')
}
