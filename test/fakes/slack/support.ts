import { LogLevel, webApi } from '@slack/bolt'
import { afterEach } from 'vitest'
import { type FakeSlack, type SlackOptions, startSlack } from './server.ts'

/** A workspace with the app in it, two people, a channel, and the real client with the app's token. */
export function useSlack() {
  const open: FakeSlack[] = []
  afterEach(async () => {
    for (const slack of open.splice(0)) await slack.close()
  })
  return async (options: SlackOptions & { granted?: readonly string[] } = {}) => {
    const { granted, ...rest } = options
    const slack = await startSlack(rest)
    open.push(slack)
    const team = slack.addTeam({ name: 'Acme' })
    const ana = team.addUser({ name: 'Ana', isAdmin: true })
    const ben = team.addUser({ name: 'Ben' })
    const install = team.install(granted ? { scopes: granted } : {})
    const channel = team.addChannel({ name: 'launch', members: [ana, ben, install] })
    const clientFor = (token: string) =>
      new webApi.WebClient(token, {
        slackApiUrl: slack.url,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        logLevel: LogLevel.ERROR,
      })
    return { slack, team, ana, ben, install, channel, clientFor, client: clientFor(install.botToken) }
  }
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
