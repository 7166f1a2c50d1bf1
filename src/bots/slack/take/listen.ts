import type { App, Context } from '@slack/bolt'
import { revokeInstallation } from '../../../storage/installations/revoke.ts'
import type { Gone } from '../../gone.ts'
import type { TakeDeps } from '../../take/came.ts'
import { takeMessage } from '../../take/take-message.ts'
import type { Authorizer } from '../authorize.ts'
import type { SlackClients } from '../clients.ts'
import { askStanding } from '../hear/who.ts'
import { placeOf } from '../place.ts'
import { listOf, recordOf, wordOf } from '../read/loose.ts'
import type { Names } from '../read/names.ts'
import { cameOf } from './came.ts'
import { messageEventOf } from './event.ts'

export interface ListenDeps extends TakeDeps {
  authorizer: Authorizer
  clients: SlackClients
  names: Names
  gone: Gone
}

/** What Loom hears of events: messages, its mention among them, channels that were deleted, and that it was removed. */
export function registerListeners(app: App, deps: ListenDeps): void {
  const take = async ({ body, context }: { body: unknown; context: Context }) => {
    const place = placeOf(context)
    const event = messageEventOf(recordOf(body), place)
    if (!event) return
    const retried = (context.retryNum ?? 0) > 0
    const came = cameOf(deps, { event, place, retried })
    const userId = came.kind === 'deleted' ? '' : came.message.author.externalId
    const standing = async () => {
      const { client } = await deps.clients.sideOf(place)
      return askStanding({ client, context, userId, userTeam: event.authorTeam })
    }
    await takeMessage(deps, { came, place, standing })
  }
  app.event('message', take)
  app.event('app_mention', take)
  const wasDeleted = async ({ body, context }: { body: unknown; context: Context }) => {
    const { installationId, tenantId } = placeOf(context)
    const channel = wordOf(recordOf(recordOf(body).event).channel)
    if (channel !== undefined) await deps.gone({ tenantId }, { channel, installationId })
  }
  app.event('channel_deleted', wasDeleted)
  app.event('group_deleted', wasDeleted)
  app.event('app_uninstalled', async ({ body }) => revoke(deps, recordOf(body)))
  app.event('tokens_revoked', async ({ body, event }) => {
    // Tokens of people can be revoked beside; only the bot's own ends the installation.
    if (listOf(recordOf(recordOf(event).tokens).bot).length > 0) await revoke(deps, recordOf(body))
  })
}

/** Tokens forgotten, jobs stopped, deliveries withdrawn; Slack's word for team and organisation says whose. */
async function revoke(deps: ListenDeps, body: Readonly<Record<string, unknown>>): Promise<void> {
  // One workspace of an organisation that goes does not end the installation of the whole.
  const orgWide = listOf(body.authorizations).some((one) => recordOf(one).is_enterprise_install === true)
  const source = {
    teamId: orgWide ? undefined : wordOf(body.team_id),
    enterpriseId: orgWide ? wordOf(body.enterprise_id) : undefined,
  }
  const installed = await deps.authorizer.find(source)
  deps.authorizer.forget(source)
  if (!installed || installed.revoked) return
  const { installationId, tenantId } = installed
  deps.clients.forget(installationId)
  const context = { tenantId, actor: { kind: 'system' } } as const
  const { stopped } = await revokeInstallation(deps.store, context, { installationId })
  deps.log.info({ tenantId, installationId, stopped }, 'an installation was revoked')
}
