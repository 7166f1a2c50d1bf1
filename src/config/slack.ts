import type { Settings } from './settings.ts'

/** How this Loom stands in Slack: by HTTP or by a socket, in one workspace or in many. */
export interface SlackConfig {
  /** What Slack signs its requests with; `undefined`: Slack reaches us by the socket alone. */
  signingSecret: string | undefined
  /** The one workspace's token; `undefined`: workspaces install by OAuth. */
  botToken: string | undefined
  oauth: { clientId: string; clientSecret: string } | undefined
  /** Opens the socket (Socket Mode). */
  appToken: string | undefined
  /** Ends with a slash. */
  apiUrl: string
}

const slackApi = 'https://slack.com/api/'

export function slackOf(env: Settings): SlackConfig | undefined {
  if (!isNamed(env)) return undefined
  const { SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = env
  return {
    signingSecret: env.SLACK_SIGNING_SECRET,
    botToken: env.SLACK_BOT_TOKEN,
    oauth: clientId && clientSecret ? { clientId, clientSecret } : undefined,
    appToken: env.SLACK_APP_TOKEN,
    apiUrl: (env.SLACK_API_URL ?? slackApi).replace(/\/*$/, '/'),
  }
}

/** What makes sense only together; nothing when Slack is not named at all. */
export function slackFaults(env: Settings): string[] {
  if (!isNamed(env)) return []
  const { SLACK_BOT_TOKEN: token, SLACK_CLIENT_ID: id, SLACK_CLIENT_SECRET: secret } = env
  const hosted = env.LOOM_MODE === 'hosted'
  const faults = [
    ...(id && !secret ? ['SLACK_CLIENT_ID needs SLACK_CLIENT_SECRET'] : []),
    ...(secret && !id ? ['SLACK_CLIENT_SECRET needs SLACK_CLIENT_ID'] : []),
    ...(token && (id || secret)
      ? ['SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for many: set one of them']
      : []),
    ...(!token && !id && !secret
      ? ['SLACK_BOT_TOKEN (one workspace) or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (many) are missing']
      : []),
  ]
  if (!hosted) {
    const deaf = !env.SLACK_SIGNING_SECRET && !env.SLACK_APP_TOKEN
    return deaf
      ? [...faults, 'SLACK_SIGNING_SECRET (over HTTP) or SLACK_APP_TOKEN (Socket Mode) is missing']
      : faults
  }
  return [
    ...faults,
    ...(env.SLACK_SIGNING_SECRET ? [] : ['SLACK_SIGNING_SECRET is missing']),
    ...(token ? ['SLACK_BOT_TOKEN must not be set: workspaces install a hosted Loom by OAuth'] : []),
    ...(env.SLACK_APP_TOKEN
      ? ['SLACK_APP_TOKEN must not be set: Slack reaches a hosted Loom over HTTP']
      : []),
  ]
}

function isNamed(env: Settings): boolean {
  return [
    env.SLACK_SIGNING_SECRET,
    env.SLACK_BOT_TOKEN,
    env.SLACK_CLIENT_ID,
    env.SLACK_CLIENT_SECRET,
    env.SLACK_APP_TOKEN,
  ].some((value) => value !== undefined)
}
