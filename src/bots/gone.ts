import type { Log } from '../core/ports.ts'
import type { Platform } from '../core/words.ts'
import type { Store } from '../storage/database.ts'
import { threadsGone } from '../storage/threads/gone.ts'
import { goneWords } from './words/gone-words.ts'

/** A channel with all that is below it, or one thread of it; of one installation where names of channels are its own. */
export interface GonePlace {
  channel: string
  thread?: string
  installationId?: string
  /** Of which thread there it is asked whether who asked was told. */
  askedOf?: string
  /** It may still be there for others, and is closed to Loom. */
  maybeClosed?: boolean
}

/**
 * A channel or thread was deleted: what works for it alone is stopped, since nobody could read it, and who asked is told
 * in a direct message. Idempotent. Answers whether they are told, now or before.
 */
export type Gone = (account: { tenantId: string }, place: GonePlace) => Promise<boolean>

export function createGone(deps: { store: Store; log: Log; platform: Platform }): Gone {
  const { log, platform, store } = deps
  return async ({ tenantId }, { maybeClosed = false, ...place }) => {
    const context = { tenantId, actor: { kind: 'system' } } as const
    const { stopped, told } = await threadsGone(store, context, {
      ...place,
      platform,
      words: goneWords(maybeClosed ? 'was deleted or is closed to Loom' : 'was deleted'),
    })
    if (stopped > 0) log.info({ tenantId, stopped }, 'jobs were stopped, because their thread was deleted')
    return told
  }
}
