import { MessageFlags } from 'discord.js'
import { respond } from '../interact/respond.ts'
import { wireMessage } from '../wire/message.ts'
import { refused } from './refusal.ts'
import { param, route } from './route.ts'

export const interactionRoutes = [
  route(
    'POST /interactions/:interaction/:token/callback',
    (call) => {
      const { world } = call
      const interaction = world.interactions.get(param(call, 'token'))
      if (interaction?.id !== param(call, 'interaction')) throw refused('unknownInteraction')
      const message = respond(world, interaction, call)
      if (call.query.get('with_response') !== 'true') return undefined
      return {
        interaction: {
          id: interaction.id,
          type: interaction.type,
          ...(message
            ? {
                response_message_id: message.id,
                response_message_loading: (message.flags & MessageFlags.Loading) !== 0,
                response_message_ephemeral: (message.flags & MessageFlags.Ephemeral) !== 0,
              }
            : {}),
        },
        resource: {
          type: interaction.answered,
          ...(message ? { message: wireMessage(world, message) } : {}),
        },
      }
    },
    { auth: 'none', free: true, limit: [1000, 1000] },
  ),
]
