import type { types } from '@slack/bolt'
import type { InstallationSettings } from '../../../core/installation.ts'
import type { SettingsWish } from '../../desk/settings.ts'
import { settingsWords } from '../../desk/settings.ts'
import { listOf, recordOf, textOf } from '../read/loose.ts'
import { plainText } from '../render/elements.ts'
import { fieldOf, form, forms, textField, textIn } from './forms.ts'
import { channelMark, withChannels } from './words.ts'

const channelShape = /^[CG][A-Z0-9]{2,30}$/
const signIn = 'sign_in'

/** The settings as a form for admins, with what holds now above it. */
export function settingsForm(settings: InstallationSettings): types.ModalView {
  const box = {
    text: plainText('Files open only for people who sign in and can read the thread'),
    value: signIn,
  }
  return form({
    callbackId: forms.settings,
    title: 'Settings of Loom',
    submit: 'Save',
    about: {},
    blocks: [
      ...withChannels(settingsWords(settings, channelMark)),
      { type: 'divider' },
      channelsField('channels', 'Works only in these channels', {
        hint: 'Leave it empty for every channel that Loom is invited to.',
        chosen: settings.channels ?? [],
      }),
      channelsField('external', 'Channels shared with other organisations in which it may work', {
        chosen: settings.externalChannels,
      }),
      channelsField('bots', 'Channels in which bots may give it orders', { chosen: settings.botChannels }),
      {
        type: 'input',
        block_id: 'cap_channel',
        optional: true,
        label: plainText('A daily budget for one channel'),
        element: { type: 'conversations_select', action_id: 'cap_channel', filter: onlyChannels },
      },
      textField({
        name: 'cap_amount',
        label: 'Dollars a day',
        hint: 'For the channel chosen above, from today on (UTC). Leave it empty to take the budget away.',
        optional: true,
        most: 20,
      }),
      textField({
        name: 'reaction',
        label: 'The reaction that means "take this thread"',
        initial: settings.reaction,
        most: 100,
      }),
      {
        type: 'input',
        block_id: 'links',
        optional: true,
        label: plainText('Links'),
        element: {
          type: 'checkboxes',
          action_id: 'links',
          options: [box],
          ...(settings.linksNeedSignIn ? { initial_options: [box] } : {}),
        },
      },
    ],
  })
}

const onlyChannels: NonNullable<types.MultiConversationsSelect['filter']> = { include: ['public', 'private'] }

function channelsField(
  name: string,
  label: string,
  { chosen, hint }: { chosen: readonly string[]; hint?: string },
): types.InputBlock {
  return {
    type: 'input',
    block_id: name,
    optional: true,
    label: plainText(label),
    element: {
      type: 'multi_conversations_select',
      action_id: name,
      filter: onlyChannels,
      ...(chosen.length > 0 ? { initial_conversations: [...chosen] } : {}),
    },
    ...(hint === undefined ? {} : { hint: plainText(hint) }),
  }
}

/** What holds from now on, once the form was sent. */
export function savedSettings(settings: InstallationSettings): types.ModalView {
  const blocks = withChannels(['Saved. From now on:', ...settingsWords(settings, channelMark)])
  return form({ title: 'Settings of Loom', about: {}, blocks })
}

/** What an admin wishes, as the form was sent. */
export function settingsWish(values: unknown): SettingsWish {
  const channels = chosenIn(values, 'channels')
  const capChannel = textOf(fieldOf(values, 'cap_channel').selected_conversation)
  return {
    channels: channels.length > 0 ? channels : undefined,
    externalChannels: chosenIn(values, 'external'),
    botChannels: chosenIn(values, 'bots'),
    reaction: textIn(values, 'reaction'),
    linksNeedSignIn: listOf(fieldOf(values, 'links').selected_options).some(
      (option) => recordOf(option).value === signIn,
    ),
    ...(channelShape.test(capChannel)
      ? { dayCap: { channel: capChannel, amount: textIn(values, 'cap_amount') } }
      : {}),
  }
}

function chosenIn(values: unknown, name: string): string[] {
  return listOf(fieldOf(values, name).selected_conversations)
    .map(textOf)
    .filter((id) => channelShape.test(id))
}
