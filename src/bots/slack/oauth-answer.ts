import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { ChatTokens } from '../../core/installation.ts'

/** What `oauth.v2.access` gave us. */
export interface OAuthAnswer {
  kind: 'team' | 'enterprise'
  externalId: string
  teamId: string | undefined
  enterpriseId: string | undefined
  name: string
  tokens: ChatTokens
  scopes: string[]
  installerId: string
}

const place = z.object({ id: z.string().min(1), name: z.string().optional() }).nullish()
const shape = z.object({
  access_token: z.string().min(1),
  bot_user_id: z.string().min(1),
  app_id: z.string().min(1),
  scope: z.string().default(''),
  team: place,
  enterprise: place,
  is_enterprise_install: z.boolean().default(false),
  authed_user: z.object({ id: z.string().min(1) }),
})

/** Throws `unavailable` for an answer that is none. */
export function installedOf(answer: unknown): OAuthAnswer {
  const parsed = shape.safeParse(answer)
  const orgWide = parsed.data?.is_enterprise_install === true
  const where = orgWide ? parsed.data?.enterprise : parsed.data?.team
  if (!parsed.success || !where) {
    throw new LoomError({
      kind: 'unavailable',
      message: 'Slack’s answer was not complete.',
      detail: 'oauth.v2.access without what it should have',
    })
  }
  const { access_token, app_id, authed_user, bot_user_id, enterprise, scope, team } = parsed.data
  return {
    kind: orgWide ? 'enterprise' : 'team',
    externalId: where.id,
    teamId: team?.id,
    enterpriseId: orgWide ? enterprise?.id : undefined,
    name: where.name ?? 'your workspace',
    tokens: { botToken: access_token, botUserId: bot_user_id, appId: app_id },
    scopes: scope.split(',').filter((name) => name !== ''),
    installerId: authed_user.id,
  }
}
