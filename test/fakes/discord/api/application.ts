import { z } from 'zod'
import { wireUser } from '../wire/people.ts'
import { need, type World } from '../world.ts'
import { bodyAs, route } from './route.ts'

const change = z.strictObject({
  description: z.string().max(400).optional(),
  flags: z.number().int().optional(),
  interactions_endpoint_url: z.url().nullish(),
})

export const applicationRoutes = (setInteractionsUrl: (url: string | undefined) => Promise<void>) => [
  route('GET /gateway', ({ world }) => ({ url: gatewayUrl(world) }), { auth: 'none' }),
  route('GET /gateway/bot', ({ world }) => ({
    url: gatewayUrl(world),
    shards: world.shards,
    session_start_limit: { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 16 },
  })),
  route('GET /applications/@me', ({ world }) => wireApplication(world)),
  route('PATCH /applications/@me', async (call) => {
    const form = bodyAs(call, change)
    if (form.interactions_endpoint_url !== undefined) {
      await setInteractionsUrl(form.interactions_endpoint_url ?? undefined)
    }
    return wireApplication(call.world)
  }),
  route('GET /oauth2/applications/@me', ({ world }) => wireApplication(world)),
]

const gatewayUrl = (world: World) => `${world.origin.replace('http', 'ws')}/gateway`

export function wireApplication(world: World) {
  const { app } = world
  return {
    id: app.id,
    name: app.name,
    icon: null,
    description: '',
    bot_public: true,
    bot_require_code_grant: false,
    bot: wireUser(need(world.users.get(world.botId), 'user')),
    verify_key: app.publicKey,
    flags: app.flags,
    team: null,
    summary: '',
    hook: true,
    redirect_uris: app.redirectUris ?? [],
    interactions_endpoint_url: app.interactionsUrl ?? null,
    integration_types_config: {
      '0': { oauth2_install_params: { scopes: ['applications.commands', 'bot'], permissions: '0' } },
      '1': { oauth2_install_params: { scopes: ['applications.commands'], permissions: '0' } },
    },
    approximate_guild_count: [...world.guilds.values()].filter((each) => each.members.has(world.botId))
      .length,
    approximate_user_install_count: [...world.users.values()].filter((each) => each.hasApp).length,
  }
}
