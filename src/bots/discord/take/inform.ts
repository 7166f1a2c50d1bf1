import type { Store } from '../../../storage/database.ts'
import { sayInThread } from '../../../storage/deliveries/say.ts'
import { claimInforming } from '../../../storage/installations/change.ts'
import type { TakeDeps } from '../../take/came.ts'
import { informOnce } from '../../take/inform.ts'
import { createLookUp } from '../../take/look-up.ts'

/** What Discord shows Loom of what people say: everything, what addresses it, or nothing but interactions. */
export type Sees = 'all' | 'addressed' | 'interactions'

/** What is Discord's own in the taking of messages. */
export function discordTaking(deps: {
  store: Store
  sees: () => Sees
}): Pick<TakeDeps, 'platform' | 'words' | 'lookUp' | 'inform'> {
  const words = { platform: 'Discord', whole: 'server' }
  return {
    platform: 'discord',
    words,
    lookUp: createLookUp(deps.store),
    async inform(context, input) {
      await informOnce({ store: deps.store, words }, context, input)
      const { place, thread } = input
      const { installationId } = place
      const sees = deps.sees()
      if (sees === 'all' || place.settings.unseenToldAtMs !== undefined) return
      if (!(await claimInforming(deps.store, context, { installationId, of: 'unseenToldAtMs' }))) return
      const text = unseen[sees]
      await sayInThread(deps.store, context, {
        installationId,
        thread,
        subject: `unseen:${installationId}`,
        text,
      })
    },
  }
}

const unseen = {
  addressed:
    'Discord shows Loom only what mentions it here, so mention it to steer a running job. An operator can change that by the Message Content intent of the bot.',
  interactions:
    'Discord shows Loom no messages here, only commands and buttons: steer a running job with /loom brief in its thread, or with the buttons of its card.',
} as const
