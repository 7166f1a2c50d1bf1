import { type APIInteraction, InteractionType } from 'discord.js'
import { z } from 'zod'
import type { Clock } from '../../core/ports.ts'
import { readBody } from '../request-body.ts'
import { isSigned, publicKeyOf } from './signature.ts'
import { snowflake } from './snowflake.ts'

/** Discord sends no more than a fraction of this. */
const mostBytes = 4_000_000
const pong = { type: 1 }

export interface DiscordHttp {
  /** Answers `/discord/interactions`. */
  handle(request: Request): Promise<Response>
  /** Takes nothing more. */
  close(): void
}

/**
 * Takes the interactions that Discord sends over HTTP: checks signature and age on the raw body, answers its pings by
 * the body, and hands on the rest, which is answered by its own token. `202` says so. A request that comes while this
 * closes gets `503`: Discord tells the person.
 */
export function createDiscordHttp(deps: {
  publicKey: string
  now: Clock
  hear(interaction: APIInteraction): void
}): DiscordHttp {
  const signing = { key: publicKeyOf(deps.publicKey), now: deps.now }
  let isOpen = true

  return {
    async handle(request) {
      if (!isOpen) return empty(503)
      const body = await readBody(request, mostBytes)
      if (body === undefined) return empty(413)
      if (!isSigned(signing, { body, headers: request.headers })) return empty(401)
      const interaction = interactionOf(body)
      if (!interaction) return empty(400)
      if (interaction.type === InteractionType.Ping) return Response.json(pong)
      if (!isOpen) return empty(503)
      deps.hear(interaction)
      return empty(202)
    },
    close() {
      isOpen = false
    },
  }
}

const shape = z.looseObject({
  id: snowflake,
  application_id: snowflake,
  type: z.number(),
  token: z.string().min(1),
})

/** An interaction, by what every one of them has; what its kind has beside is Discord's word, which its signature is for. */
export function interactionOf(body: string): APIInteraction | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(body))
    return parsed.success ? (parsed.data as unknown as APIInteraction) : undefined
  } catch {
    return undefined
  }
}

function empty(status: number): Response {
  return new Response(null, { status })
}
