import { MessageFlags } from 'discord.js'
import { answerFlags, editFlags, takeMessage } from '../check/message.ts'
import { answerWith } from '../interact/respond.ts'
import { changeMessage, removeMessage } from '../post.ts'
import { wireMessage } from '../wire/message.ts'
import type { Channel, Interaction, Message } from '../world.ts'
import { fileLimitOf } from './messages.ts'
import { refused } from './refusal.ts'
import { type Call, param, route } from './route.ts'

/** How long the token of an interaction is good. */
const tokenMs = 15 * 60_000

const path = '/webhooks/:application/:token'
const options = { auth: 'none', free: true, limit: [5, 2000] } as const

/** What an app does with an interaction's token once it has answered. */
export const webhookRoutes = [
  route(`POST ${path}`, followUp, options),
  route(`GET ${path}/messages/:message`, (call) => wireMessage(call.world, spotOf(call).message), options),
  route(
    `PATCH ${path}/messages/:message`,
    (call) => {
      const { channel, interaction, message } = spotOf(call)
      const fileLimit = fileLimitOf(call.world, channel)
      const draft = takeMessage(call, { flags: editFlags, fileLimit, before: message })
      changeMessage(call.world, channel, message, draft)
      interaction.changed()
      return wireMessage(call.world, message)
    },
    options,
  ),
  route(
    `DELETE ${path}/messages/:message`,
    (call) => {
      const { channel, message } = spotOf(call)
      removeMessage(call.world, channel, message)
    },
    options,
  ),
]

function interactionOf(call: Call): Interaction {
  const { world } = call
  if (param(call, 'application') !== world.app.id) throw refused('unknownWebhook')
  const interaction = world.interactions.get(param(call, 'token'))
  if (!interaction || world.clock.now() - interaction.createdAtMs > tokenMs) throw refused('invalidToken')
  if (interaction.answered === undefined) throw refused('unknownWebhook')
  return interaction
}

function spotOf(call: Call): { channel: Channel; interaction: Interaction; message: Message } {
  const interaction = interactionOf(call)
  const channel = call.world.channels.get(interaction.channelId)
  if (!channel) throw refused('unknownChannel')
  const asked = param(call, 'message')
  const id = asked === '@original' ? interaction.originalId : asked
  const isOwn = id !== undefined && (id === interaction.originalId || interaction.followUpIds.includes(id))
  const message = isOwn ? channel.messages.find((each) => each.id === id) : undefined
  if (!message) throw refused('unknownMessage')
  return { channel, interaction, message }
}

/** Another message. The first after "is thinking …" takes its place. */
function followUp(call: Call) {
  const { world } = call
  const interaction = interactionOf(call)
  const channel = world.channels.get(interaction.channelId)
  if (!channel) throw refused('unknownChannel')
  const fileLimit = fileLimitOf(world, channel)
  const original = channel.messages.find((each) => each.id === interaction.originalId)
  if (original && (original.flags & MessageFlags.Loading) !== 0) {
    const draft = takeMessage(call, { flags: editFlags, fileLimit, before: original })
    changeMessage(world, channel, original, draft)
    return wireMessage(world, original)
  }
  const isVisitor = !('0' in interaction.owners)
  if (isVisitor && interaction.followUpIds.length >= 5) throw refused('tooManyFollowUps')
  const message = answerWith(world, interaction, takeMessage(call, { flags: answerFlags, fileLimit }))
  interaction.followUpIds.push(message.id)
  interaction.changed()
  return wireMessage(world, message)
}
