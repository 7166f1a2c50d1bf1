import { sign } from 'node:crypto'
import { badForm, Refusal } from '../api/refusal.ts'
import { readBytes } from '../http.ts'
import { newId } from '../ids.ts'
import type { Interaction, World } from '../world.ts'
import { fail } from './make.ts'
import { answerWithinMs, respond } from './respond.ts'

export interface Interactions {
  /**
   * The app's address for interactions, as in the developer portal: Discord tries it with a PING and with a wrong
   * signature, and refuses an address that does not answer both well. Without one they go by the gateway.
   */
  to(url: string | undefined): Promise<void>
  /** Sends one once more, as it was. */
  again(id: string): void
  /** All, the oldest first. */
  log: Interaction[]
  /** Resolves when no request to the address is under way. */
  settled(): Promise<void>
}

export function startInteractions(world: World) {
  const running = new Set<Promise<unknown>>()
  const log: Interaction[] = []

  const post = (url: string, payload: unknown, isForged = false) => {
    const body = JSON.stringify(payload)
    const timestamp = String(Math.floor(world.clock.now() / 1000))
    const signature = sign(null, Buffer.from(timestamp + (isForged ? 'other' : body)), world.app.privateKey)
    return fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Discord-Interactions/1.0 (+https://discord.com)',
        'x-signature-ed25519': signature.toString('hex'),
        'x-signature-timestamp': timestamp,
      },
      signal: AbortSignal.timeout(answerWithinMs),
    })
  }

  const byHttp = async (url: string, interaction: Interaction): Promise<void> => {
    try {
      const response = await post(url, interaction.payload)
      const bytes = Buffer.from(await response.arrayBuffer())
      // An empty answer says that the app answers by the API.
      if (response.status === 202 || response.status === 204) return
      if (!response.ok || bytes.length === 0) return fail(world, interaction, failure)
      const read = await readBytes(bytes, response.headers.get('content-type') ?? '')
      if (interaction.answered === undefined) respond(world, interaction, read)
    } catch (error) {
      const why = error instanceof Refusal ? `${error.message} ${JSON.stringify(error.fields)}` : failure
      fail(world, interaction, why)
    }
  }

  const send = (interaction: Interaction): void => {
    const url = world.app.interactionsUrl
    if (!url) {
      const { guildId, payload } = interaction
      return void world.emit({ type: 'INTERACTION_CREATE', data: payload, guildId })
    }
    const work = byHttp(url, interaction).finally(() => running.delete(work))
    running.add(work)
  }

  const to = async (url: string | undefined): Promise<void> => {
    if (url !== undefined && !(await isGood(url))) {
      throw badForm([
        {
          path: ['interactions_endpoint_url'],
          code: 'APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID',
          message: 'The specified interactions endpoint url could not be verified.',
        },
      ])
    }
    world.app.interactionsUrl = url
  }

  const isGood = async (url: string): Promise<boolean> => {
    const ping = {
      id: newId(world.clock.now()),
      application_id: world.app.id,
      type: 1,
      token: 'ping',
      version: 1,
      app_permissions: '0',
      authorizing_integration_owners: {},
      entitlements: [],
      attachment_size_limit: 10 * 1024 * 1024,
    }
    const pong = await post(url, ping).catch(() => undefined)
    const said = pong?.status === 200 ? ((await pong.json()) as { type?: number }) : undefined
    const forged = await post(url, ping, true).catch(() => undefined)
    await forged?.body?.cancel()
    return said?.type === 1 && forged?.status === 401
  }

  const interactions: Interactions = {
    to,
    log,
    again: (id) => {
      const found = log.find((each) => each.id === id)
      if (!found) throw new Error('no such interaction')
      send(found)
    },
    settled: async () => {
      while (running.size > 0) await Promise.allSettled([...running])
    },
  }
  return {
    interactions,
    deliver: (interaction: Interaction) => {
      log.push(interaction)
      send(interaction)
    },
  }
}

const failure = 'The application did not respond'
