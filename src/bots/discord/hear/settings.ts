import {
  type APIChannelSelectComponent,
  ChannelType,
  ComponentType,
  SelectMenuDefaultValueType,
} from 'discord.js'
import type { InstallationSettings } from '../../../core/installation.ts'
import { mayAdminister, mustBeAdmin } from '../../desk/decide.ts'
import { changeSettings, type SettingsWish, settingsOf, settingsWords } from '../../desk/settings.ts'
import type { Said } from './answering.ts'
import type { HearDeps } from './deps.ts'
import { settingsFormId } from './form-id.ts'
import { type Filled, field, form, textField } from './forms.ts'
import type { Outcome } from './outcome.ts'
import type { DiscordActing } from './who.ts'
import { buttonRow, channelMark, withChannels } from './words.ts'

/** Nobody shares a channel of Discord with another organisation, and nothing is asked for by reactions. */
const lacking = ['externalChannels', 'reaction'] as const

/** What Loom is set to, and for admins the way to change it. */
export async function settingsShown(deps: HearDeps, acting: DiscordActing): Promise<Outcome> {
  const settings = await settingsOf(deps, acting)
  const messages = settingsLines(settings)
  if (!(await mayAdminister(deps, acting))) return { kind: 'words', messages }
  const [last = { content: '…' }, ...before] = messages.toReversed()
  return { kind: 'words', messages: [...before.toReversed(), { ...last, components: [changeButton] }] }
}

function settingsLines(settings: InstallationSettings): Said[] {
  return withChannels(settingsWords(settings, channelMark, lacking))
}

const changeButton = buttonRow({ label: 'Change', customId: settingsFormId })

/** The form for admins. Throws `forbidden` for everybody else. */
export async function settingsForm(deps: HearDeps, acting: DiscordActing): Promise<Outcome> {
  await mustBeAdmin(deps, acting)
  const settings = await settingsOf(deps, acting)
  return {
    kind: 'form',
    form: form({
      customId: settingsFormId,
      title: 'Settings of Loom',
      fields: [...(acting.place.guildId === undefined ? [] : channelFields(settings)), linksField(settings)],
    }),
  }
}

/** Changes what the form says and shows what holds from now on, in place of what was shown before. */
export async function settingsSent(deps: HearDeps, acting: DiscordActing, filled: Filled): Promise<Outcome> {
  await changeSettings(deps, acting, wishOf(acting, filled))
  deps.forget(acting.place)
  const lines = [
    'Saved. From now on:',
    ...settingsWords(await settingsOf(deps, acting), channelMark, lacking),
  ]
  const [message = { content: '…' }] = withChannels(lines)
  return { kind: 'here', message: { ...message, components: [changeButton] } }
}

function channelFields(settings: InstallationSettings) {
  return [
    field({
      label: 'Works only in these channels',
      hint: 'Leave it empty for every channel that Loom can see.',
      component: channels('channels', { chosen: settings.channels ?? [], most: mostChosen }),
    }),
    field({
      label: 'Channels in which bots may give it orders',
      component: channels('bots', { chosen: settings.botChannels, most: mostChosen }),
    }),
    field({
      label: 'A daily budget for one channel',
      component: channels('cap_channel', { chosen: [], most: 1 }),
    }),
    textField({
      name: 'cap_amount',
      label: 'Dollars a day',
      hint: 'For the channel chosen above, from today on (UTC). Empty takes its budget away.',
      optional: true,
      most: 20,
    }),
  ]
}

/** What Discord lets a person choose at once. */
const mostChosen = 25

function channels(
  name: string,
  { chosen, most }: { chosen: readonly string[]; most: number },
): APIChannelSelectComponent {
  const kept = chosen.filter((id) => channelShape.test(id)).slice(0, most)
  return {
    type: ComponentType.ChannelSelect,
    custom_id: name,
    required: false,
    min_values: 0,
    max_values: most,
    channel_types: [
      ChannelType.GuildText,
      ChannelType.GuildAnnouncement,
      ChannelType.GuildForum,
      ChannelType.GuildMedia,
      ChannelType.GuildVoice,
    ],
    ...(kept.length > 0
      ? { default_values: kept.map((id) => ({ id, type: SelectMenuDefaultValueType.Channel })) }
      : {}),
  }
}

function linksField({ linksNeedSignIn }: InstallationSettings) {
  const options = [
    { value: 'open', label: 'For whoever has the link', default: !linksNeedSignIn },
    { value: signIn, label: 'Only for people who are signed in', default: linksNeedSignIn },
  ]
  return field({
    label: 'Links to files',
    component: { type: ComponentType.StringSelect, custom_id: 'links', required: true, options },
  })
}

const signIn = 'sign_in'
const channelShape = /^\d{15,21}$/

function wishOf({ place }: DiscordActing, filled: Filled): SettingsWish {
  const linksNeedSignIn = filled.chosen('links').includes(signIn)
  if (place.guildId === undefined) return { linksNeedSignIn }
  const chosen = (name: string) => filled.chosen(name).filter((id) => channelShape.test(id))
  const [capChannel] = chosen('cap_channel')
  const only = chosen('channels')
  return {
    linksNeedSignIn,
    channels: only.length > 0 ? only : undefined,
    botChannels: chosen('bots'),
    ...(capChannel === undefined
      ? {}
      : { dayCap: { channel: capChannel, amount: filled.text('cap_amount') } }),
  }
}
