import type { Config } from '../../config.ts'
import { createLog } from '../../log.ts'
import { type Finding, look } from './finding.ts'

const part = 'discord'

/** Whether Discord takes what the settings name, and what it lets Loom do. Posts and registers nothing. */
export async function examineDiscord({ discord, publicUrl }: Config): Promise<Finding[]> {
  if (!discord) return []
  const { clientSecret, publicKey } = discord
  const overHttp = publicKey !== undefined
  return [
    ...(await look(part, () => examineToken(discord, { overHttp }))),
    overHttp
      ? { part, state: 'ok', text: `Interactions come to ${publicUrl}/discord/interactions.` }
      : { part, state: 'ok', text: 'Messages and interactions come by the Gateway.' },
    ...(clientSecret
      ? [{ part, state: 'ok', text: `Servers install it at ${publicUrl}/discord/install.` } as const]
      : [{ part, state: 'ok', text: `Invite it to a server: ${await inviteTo(discord)}` } as const]),
    ...(overHttp && !publicUrl.startsWith('https:')
      ? [
          {
            part,
            state: 'note',
            text: 'Discord sends interactions to https addresses only. Set PUBLIC_URL to the one that leads here.',
          } as const,
        ]
      : []),
  ]
}

async function inviteTo({ applicationId, apiUrl }: NonNullable<Config['discord']>): Promise<string> {
  const { inviteUrl } = await import('../../bots/discord/index.ts')
  return inviteUrl({ applicationId, apiUrl }).href
}

async function examineToken(
  settings: NonNullable<Config['discord']>,
  { overHttp }: { overHttp: boolean },
): Promise<Finding[]> {
  const { askSelf } = await import('../../bots/discord/index.ts')
  const { isPublic, mayReadMessages, name } = await askSelf(settings, createLog({ level: 'silent' }))
  const unread =
    'Without the Message Content intent Loom hears only what mentions it; everything else works. It is a switch in the bot’s settings.'
  const open =
    'Anybody can invite this bot into their server, and what is asked there is paid for here. Switch Public Bot off in its settings.'
  return [
    { part, state: 'ok', text: `Discord takes the bot token, for ${name}.` },
    ...(mayReadMessages || overHttp ? [] : [{ part, state: 'note', text: unread } as const]),
    ...(isPublic && !settings.clientSecret ? [{ part, state: 'note', text: open } as const] : []),
  ]
}
