import type { Config } from '../../config.ts'
import { createLog } from '../../log.ts'
import { type Finding, look } from './finding.ts'

const part = 'slack'

/** Whether Slack takes what the settings name: the bot token and its scopes, the socket's token. Posts nothing. */
export async function examineSlack({ publicUrl, slack }: Config): Promise<Finding[]> {
  if (!slack) return []
  const { apiUrl, appToken, botToken, oauth, signingSecret } = slack
  const findings = await Promise.all([
    botToken ? look(part, () => examineToken(apiUrl, botToken)) : [],
    appToken ? look(part, () => examineSocket(apiUrl, appToken)) : [],
  ])
  return [
    ...findings.flat(),
    ...(signingSecret
      ? [{ part, state: 'ok', text: `Events come to ${publicUrl}/slack/events.` } as const]
      : []),
    ...(oauth
      ? [{ part, state: 'ok', text: `Workspaces install it at ${publicUrl}/slack/install.` } as const]
      : []),
    ...advice({ publicUrl, overHttp: signingSecret !== undefined }),
  ]
}

async function examineToken(apiUrl: string, token: string): Promise<Finding[]> {
  const { lookAtToken } = await import('../../bots/slack/index.ts')
  const { missing, name, scopes } = await lookAtToken({ apiUrl, log: quiet() }, token)
  const ok: Finding = { part, state: 'ok', text: `Slack takes the bot token, for ${name}.` }
  if (missing.length > 0) {
    const text = `The bot token lacks ${missing.join(', ')}. Add them in the app's settings and install it again.`
    return [ok, { part, state: 'fault', text }]
  }
  if (scopes.length > 0) return [ok]
  return [ok, { part, state: 'note', text: 'Slack did not say what the bot token may do.' }]
}

async function examineSocket(apiUrl: string, appToken: string): Promise<Finding[]> {
  const { tryAppToken } = await import('../../bots/slack/index.ts')
  await tryAppToken({ apiUrl, log: quiet() }, appToken)
  return [{ part, state: 'ok', text: 'Slack opens a socket for the app token.' }]
}

function advice({ overHttp, publicUrl }: { overHttp: boolean; publicUrl: string }): Finding[] {
  if (!overHttp || publicUrl.startsWith('https:')) return []
  const text = 'Slack sends events to https addresses only. Set PUBLIC_URL to the one that leads here.'
  return [{ part, state: 'note', text }]
}

const quiet = () => createLog({ level: 'silent' })
