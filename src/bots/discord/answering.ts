import { type APIInteraction, InteractionResponseType, MessageFlags, Routes } from 'discord.js'
import { z } from 'zod'
import { LoomError, toLoomError } from '../../core/errors.ts'
import type { Answering, Said } from './hear/answering.ts'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

/**
 * Answers one interaction by its own token, the same way whether it came by the Gateway or by HTTP: so the answer is
 * known to have arrived, and the message that it makes is known too.
 */
export function createAnswering(
  deps: { rest: DiscordRest },
  interaction: Pick<APIInteraction, 'id' | 'token' | 'application_id'>,
): Answering {
  const { application_id: appId, id, token } = interaction
  const original = Routes.webhookMessage(appId, token, '@original')

  const respond = async (type: InteractionResponseType, data?: object): Promise<unknown> => {
    const body = { type, ...(data ? { data } : {}) }
    const query = { with_response: 'true' }
    return deps.rest.call({
      method: 'POST',
      route: Routes.interactionCallback(id, token),
      body,
      query,
      auth: false,
    })
  }

  return {
    async defer({ ephemeral }) {
      const type = InteractionResponseType.DeferredChannelMessageWithSource
      try {
        return shownOf(await respond(type, ephemeral ? { flags: MessageFlags.Ephemeral } : undefined))
      } catch (thrown) {
        if (toLoomError(thrown).kind !== 'unavailable') throw thrown
        // Only the answer may be lost: then the person reads that one is coming, and it has to come.
        const promised = await deps.rest.attempt({ method: 'GET', route: original, auth: false })
        const found = promised.ok ? z.object({ id: snowflake }).safeParse(promised.result).data : undefined
        if (!found) throw thrown
        return { messageId: found.id }
      }
    },
    async reply(message, { ephemeral }) {
      const answer = await respond(
        InteractionResponseType.ChannelMessageWithSource,
        quiet(message, ephemeral),
      )
      return shownOf(answer)
    },
    async deferUpdate() {
      await respond(InteractionResponseType.DeferredMessageUpdate)
    },
    async update(message) {
      await respond(InteractionResponseType.UpdateMessage, quiet(message, false))
    },
    async autocomplete(choices) {
      await respond(InteractionResponseType.ApplicationCommandAutocompleteResult, { choices })
    },
    async modal(modal) {
      await respond(InteractionResponseType.Modal, modal)
    },
    async edit(message) {
      await deps.rest.call({ method: 'PATCH', route: original, body: quiet(message, false), auth: false })
    },
    async followUp(message, { ephemeral }) {
      const route = Routes.webhook(appId, token)
      await deps.rest.call({ method: 'POST', route, body: quiet(message, ephemeral), auth: false })
    },
  }
}

/** Names nobody, shows no previews, and says to whom it is shown. */
function quiet(message: Said, ephemeral: boolean): object {
  const flags =
    (message.flags ?? 0) |
    (ephemeral ? MessageFlags.Ephemeral : 0) |
    (message.content === undefined ? 0 : MessageFlags.SuppressEmbeds)
  return { ...message, ...(flags === 0 ? {} : { flags }), allowed_mentions: { parse: [] } }
}

/** A message that is only promised is named and not shown. */
const callback = z.object({ interaction: z.object({ response_message_id: snowflake }) })

function shownOf(answer: unknown) {
  const parsed = callback.safeParse(answer)
  if (parsed.success) return { messageId: parsed.data.interaction.response_message_id }
  throw new LoomError({
    kind: 'unavailable',
    message: 'Discord’s answer was not complete.',
    detail: 'a callback without its message',
  })
}
