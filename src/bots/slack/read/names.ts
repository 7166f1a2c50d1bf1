import type { SlackSide } from '../clients.ts'
import { fromSlack, slackCode } from './faults.ts'
import { recordOf, wordOf } from './loose.ts'

const keepMs = 60 * 60_000
const mostNames = 20_000
/** How many names one reading asks for; the rest stay ids. */
const mostAsked = 100

export interface Names {
  /** A name that was learned in the last hour by this process; people by `U…`, programs by `B…`. */
  known(tenantId: string, id: string): string | undefined
  /** A person's time zone, as Slack has it, asked for where it is not known. Throws as `learn` does. */
  zoneOf(
    side: SlackSide,
    input: { tenantId: string; id: string; signal: AbortSignal },
  ): Promise<string | undefined>
  /** Asks Slack for those that are not known. Throws what Slack throws, `retryable` where it may answer later. */
  learn(
    side: SlackSide,
    input: { tenantId: string; ids: readonly string[]; signal: AbortSignal },
  ): Promise<void>
}

interface Told {
  name: string | undefined
  timeZone?: string | undefined
}

/** The names of people and programs by their ids, which are only unique with their tenant. */
export function createNames(deps: { now: () => number }): Names {
  const kept = new Map<string, Told & { untilMs: number }>()
  const keyOf = (tenantId: string, id: string) => `${tenantId}:${id}`

  const fresh = (tenantId: string, id: string) => {
    const entry = kept.get(keyOf(tenantId, id))
    return entry && entry.untilMs > deps.now() ? entry : undefined
  }

  const learn: Names['learn'] = async (side, { ids, signal, tenantId }) => {
    const unknown = [...new Set(ids)].filter((id) => /^[UWB][A-Z0-9]+$/.test(id) && !fresh(tenantId, id))
    for (const id of unknown.slice(0, mostAsked)) {
      signal.throwIfAborted()
      const told = await ask(side, id)
      kept.set(keyOf(tenantId, id), { ...told, untilMs: deps.now() + keepMs })
      const [oldest] = kept.keys()
      if (kept.size > mostNames && oldest !== undefined) kept.delete(oldest)
    }
  }

  return {
    known: (tenantId, id) => fresh(tenantId, id)?.name,
    learn,
    async zoneOf(side, { id, signal, tenantId }) {
      await learn(side, { tenantId, ids: [id], signal })
      return fresh(tenantId, id)?.timeZone
    },
  }
}

async function ask(side: SlackSide, id: string): Promise<Told> {
  try {
    if (id.startsWith('B')) {
      const { bot } = await side.client.bots.info({ bot: id })
      return { name: wordOf(bot?.name) }
    }
    const { user } = await side.client.users.info({ user: id })
    const profile = recordOf(user?.profile)
    const names = [profile.display_name, profile.real_name, user?.real_name, user?.name].map(wordOf)
    return { name: names.find((name) => name !== undefined), timeZone: wordOf(user?.tz) }
  } catch (thrown) {
    const error = fromSlack(thrown)
    // A name is worth a second try, and no more: without the permission the ids stay.
    if (error.retryable || slackCode(thrown) === undefined) throw error
    return { name: undefined }
  }
}
