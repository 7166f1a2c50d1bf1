import type { Context, webApi } from '@slack/bolt'
import { threadId } from '../../../core/thread-id.ts'
import { ensurePerson } from '../../../storage/identities/ensure.ts'
import type { Acting, Standing } from '../../desk/desk.ts'
import { placeOf, type SlackPlace } from '../place.ts'
import { fromSlack, slackCode } from '../read/faults.ts'
import { recordOf, wordOf } from '../read/loose.ts'
import type { Hearing } from './deps.ts'

/** Slack's API as the bot of the workspace that the request came from. */
export type Client = webApi.WebClient

export interface Where {
  channel?: string | undefined
  /** The root of the thread; nothing outside of one. */
  threadTs?: string | undefined
}

/** Who acts, as the desk knows people: by the verified team's installation and the person's id there. */
export interface SlackActing extends Acting {
  place: SlackPlace
  userId: string
}

/** Slack's API for a verified request: our own client, which neither waits nor tries again. */
export async function clientOf(deps: Hearing, context: Context): Promise<Client> {
  return (await deps.clients.sideOf(placeOf(context))).client
}

interface Sight {
  client: Client
  context: Context
  userId: string
  /** The team that Slack says the person belongs to. */
  userTeam?: string | undefined
}

export async function actingOf(deps: Hearing, input: Sight & Where): Promise<SlackActing> {
  const { channel, context, threadTs, userId } = input
  const place = placeOf(context)
  const { installationId, tenantId } = place
  const { identityId, role } = await ensurePerson(
    deps.store,
    { tenantId, actor: { kind: 'system' } },
    { platform: 'slack', externalId: userId },
  )
  return {
    place,
    userId,
    account: { tenantId, installationId, identityId },
    role,
    ...(channel === undefined ? {} : { channel: `slack:${channel}` }),
    ...(channel === undefined || threadTs === undefined
      ? {}
      : { thread: threadId('slack', channel, threadTs) }),
    standing: (how) => deps.keepStanding(`${installationId}:${userId}`, () => askStanding(input), how),
  }
}

/** Slack's word for somebody whom the workspace does not know. */
const unknownPerson = new Set(['user_not_found', 'user_not_visible'])

/** By `users.info`. A person of another team is a stranger even where Slack cannot be asked. */
export async function askStanding(input: Sight): Promise<Standing> {
  const { client, context, userId, userTeam } = input
  const ours = [context.teamId, context.enterpriseId].filter((id) => id !== undefined)
  try {
    const { user } = await client.users.info({ user: userId })
    const profile = recordOf(user?.profile)
    const name = wordOf(profile.display_name) ?? wordOf(profile.real_name) ?? wordOf(user?.name)
    const teams = [user?.team_id, user?.enterprise_user?.enterprise_id]
    const known = teams.filter((id) => id !== undefined)
    return {
      ...(name === undefined ? {} : { name }),
      admin: user?.is_admin === true || user?.is_owner === true || user?.is_primary_owner === true,
      stranger: user?.is_bot === true || user?.deleted === true || !known.some((id) => ours.includes(id)),
    }
  } catch (thrown) {
    if (unknownPerson.has(slackCode(thrown) ?? '')) return { admin: false, stranger: true }
    if (userTeam !== undefined && !ours.includes(userTeam) && !context.isEnterpriseInstall) {
      return { admin: false, stranger: true }
    }
    throw fromSlack(thrown)
  }
}
