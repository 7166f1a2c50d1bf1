import { z } from 'zod'
import { actionId, address, confirm, list, plain, text, textObject } from './text.ts'

const label = text(75).optional()
const focus = z.boolean().optional()
const option = z.strictObject({
  text: textObject(75),
  value: text(150),
  description: plain(75).optional(),
  url: address.optional(),
})
const select = {
  action_id: actionId.optional(),
  placeholder: plain(150).optional(),
  confirm: confirm.optional(),
  focus_on_load: focus,
}

export const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: actionId.optional(),
  value: text(2000).optional(),
  url: address.optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: label,
})

export const image = z.strictObject({
  type: z.literal('image'),
  alt_text: text(2000),
  image_url: address.optional(),
  slack_file: z.strictObject({ id: z.string(), url: z.string() }).partial().optional(),
})

const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId.optional(),
  confirm: confirm.optional(),
  options: list(option, 5),
})
const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...select,
  options: list(option, 100).optional(),
  option_groups: list(z.strictObject({ label: plain(75), options: list(option, 100) }), 100).optional(),
  initial_option: option.optional(),
})
const multiStaticSelect = staticSelect.omit({ initial_option: true }).extend({
  type: z.literal('multi_static_select'),
  initial_options: z.array(option).min(1).optional(),
  max_selected_items: z.number().int().positive().optional(),
})
const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...select,
  initial_user: z.string().optional(),
})
const filter = z
  .strictObject({
    include: z.array(z.enum(['im', 'mpim', 'private', 'public'])).min(1),
    exclude_external_shared_channels: z.boolean(),
    exclude_bot_users: z.boolean(),
  })
  .partial()
  .optional()
const conversationsSelect = z.strictObject({
  type: z.literal('conversations_select'),
  ...select,
  initial_conversation: z.string().optional(),
  default_to_current_conversation: z.boolean().optional(),
  response_url_enabled: z.boolean().optional(),
  filter,
})
const multiConversationsSelect = z.strictObject({
  type: z.literal('multi_conversations_select'),
  ...select,
  initial_conversations: z.array(z.string()).optional(),
  default_to_current_conversation: z.boolean().optional(),
  max_selected_items: z.number().int().positive().optional(),
  filter,
})
const channelsSelect = z.strictObject({
  type: z.literal('channels_select'),
  ...select,
  initial_channel: z.string().optional(),
})
const choices = { action_id: actionId.optional(), confirm: confirm.optional(), focus_on_load: focus }
const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...choices,
  options: list(option, 10),
  initial_options: z.array(option).min(1).optional(),
})
const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...choices,
  options: list(option, 10),
  initial_option: option.optional(),
})
const input = {
  action_id: actionId.optional(),
  placeholder: plain(150).optional(),
  focus_on_load: focus,
  dispatch_action_config: z.strictObject({ trigger_actions_on: z.array(z.string()) }).optional(),
}
const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...input,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3000).optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
})
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...input,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
})

const feedbackButton = z.strictObject({ text: plain(75), value: text(2000), accessibility_label: label })
const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  action_id: actionId.optional(),
  positive_button: feedbackButton,
  negative_button: feedbackButton,
})
const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  icon: z.literal('trash'),
  text: plain(75),
  action_id: actionId.optional(),
  value: text(2000).optional(),
  confirm: confirm.optional(),
  accessibility_label: label,
  visible_to_user_ids: z.array(z.string()).optional(),
})

const pickers = [
  overflow,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  conversationsSelect,
  multiConversationsSelect,
  channelsSelect,
  checkboxes,
  radioButtons,
] as const

export const inActions = z.discriminatedUnion('type', [button, ...pickers])
export const inSection = z.discriminatedUnion('type', [button, image, ...pickers])
export const inInput = z.discriminatedUnion('type', [plainTextInput, numberInput, ...pickers])
export const inContextActions = z.discriminatedUnion('type', [feedbackButtons, iconButton])
