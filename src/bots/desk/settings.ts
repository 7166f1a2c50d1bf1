import { LoomError } from '../../core/errors.ts'
import { formatUsd } from '../../core/format.ts'
import type { InstallationSettings } from '../../core/installation.ts'
import { changeInstallation } from '../../storage/installations/change.ts'
import { loadInstallation } from '../../storage/installations/find.ts'
import { parseAmount } from './cap.ts'
import { mustBeAdmin } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply } from './desk.ts'

const mostChannels = 500

/** What an admin may change. `informedAtMs` is not anybody's wish. */
export type SettingsWish = Partial<Omit<InstallationSettings, 'informedAtMs' | 'channelDayCapMicroUsd'>> & {
  /** A channel and what it may spend in a day, as people write it; nothing takes the limit away. */
  dayCap?: { channel: string; amount: string }
}

export async function settingsOf(desk: Desk, acting: Acting): Promise<InstallationSettings> {
  const { installationId } = acting.account
  const found = await loadInstallation(desk.store, contextOf(acting), { installationId })
  if (found) return found.settings
  throw new LoomError({ kind: 'not_found', message: 'Loom is no longer installed there.' })
}

/** Changes what is named and leaves the rest. Admins and owners. Throws `invalid_input`. */
export async function changeSettings(desk: Desk, acting: Acting, wish: SettingsWish): Promise<Reply> {
  await mustBeAdmin(desk, acting)
  const { dayCap, ...rest } = wish
  const now = await settingsOf(desk, acting)
  const change = {
    ...rest,
    ...(rest.reaction === undefined ? {} : { reaction: parseReaction(rest.reaction) }),
    ...(dayCap === undefined ? {} : { channelDayCapMicroUsd: withDayCap(now, dayCap) }),
  }
  for (const list of [change.channels, change.externalChannels, change.botChannels]) {
    if ((list?.length ?? 0) > mostChannels) throw invalid(`At most ${mostChannels} channels can be named.`)
  }
  const { installationId } = acting.account
  await changeInstallation(desk.store, contextOf(acting), { installationId, change })
  return done('The settings are saved.')
}

/** What only some platforms have: channels shared between organisations, a reaction that is an order. */
type Lacking = readonly ('externalChannels' | 'reaction')[]

/**
 * The settings as lines; `nameOf` turns the platform's id of a channel into what people call it. `lacking` names what
 * the platform does not have.
 */
export function settingsWords(
  settings: InstallationSettings,
  nameOf: (channel: string) => string,
  lacking: Lacking = [],
): string[] {
  const named = (channels: readonly string[], none: string) =>
    channels.length === 0 ? none : channels.map(nameOf).join(', ')
  const unlessLacking = (name: Lacking[number], line: string) => (lacking.includes(name) ? [] : [line])
  const caps = Object.entries(settings.channelDayCapMicroUsd)
  return [
    `Works in: ${settings.channels ? named(settings.channels, 'no channel') : 'every channel it is invited to'}, and in direct messages`,
    `Daily budget of a channel: ${caps.length === 0 ? 'none beside the month’s cap' : caps.map(([channel, cap]) => `${nameOf(channel)} ${formatUsd(cap)}`).join(', ')}`,
    ...unlessLacking(
      'externalChannels',
      `Channels shared with other organisations: ${named(settings.externalChannels, 'none')}`,
    ),
    `Takes orders from bots in: ${named(settings.botChannels, 'no channel')}`,
    ...unlessLacking('reaction', `The reaction that means "take this thread": :${settings.reaction}:`),
    `Links to files: ${settings.linksNeedSignIn ? 'only for people who can read the thread, which they show by signing in' : 'for whoever has the link'}`,
  ]
}

export function parseReaction(text: string): string {
  const name = text.trim().replace(/^:|:$/g, '').toLowerCase()
  if (/^[\p{L}\p{N}_+'-]{1,100}$/u.test(name)) return name
  throw invalid('A reaction is one name, as in thread or eyes.')
}

function withDayCap(
  { channelDayCapMicroUsd: caps }: InstallationSettings,
  { amount, channel }: { channel: string; amount: string },
): Record<string, number> {
  const { [channel]: _, ...others } = caps
  return amount.trim() === '' ? others : { ...others, [channel]: parseAmount(amount) }
}

function invalid(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
