import type { Store } from '../../../storage/database.ts'
import { inTime } from '../../in-time.ts'
import type { TakeDeps } from '../../take/came.ts'
import { informOnce } from '../../take/inform.ts'
import { createLookUp } from '../../take/look-up.ts'
import type { SlackClients } from '../clients.ts'
import type { Names } from '../read/names.ts'

/** How long Slack is asked for a person's time zone: the acknowledgement waits for it. */
const zoneMs = 1_000

/** What is Slack's own in the taking of messages. */
export function slackTaking(deps: {
  store: Store
  clients: SlackClients
  names: Names
}): Pick<TakeDeps, 'platform' | 'words' | 'lookUp' | 'inform' | 'zoneOf'> {
  const words = { platform: 'Slack', whole: 'workspace' }
  return {
    platform: 'slack',
    words,
    lookUp: createLookUp(deps.store),
    inform: (context, input) => informOnce({ store: deps.store, words }, context, input),
    async zoneOf({ userId: id, ...installation }) {
      const { tenantId } = installation
      const late = new AbortController()
      try {
        const asked = deps.clients
          .sideOf(installation)
          .then((side) => deps.names.zoneOf(side, { tenantId, id, signal: late.signal }))
        const zone = await inTime(asked, zoneMs)
        return zone === 'late' ? undefined : zone.value
      } finally {
        late.abort()
      }
    },
  }
}
