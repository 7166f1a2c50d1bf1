import { takeOnce } from '../../../storage/inbox/take-once.ts'
import { contextOf } from '../../desk/desk.ts'
import type { HearDeps } from './deps.ts'
import type { DiscordActing } from './who.ts'

/**
 * Whether this is the first time that an interaction comes: after a lost connection, or to two processes while one takes
 * the other's place, it can come twice, and what it changes is changed once.
 */
export function isFirst(deps: HearDeps, acting: DiscordActing, { id }: { id: string }): Promise<boolean> {
  return takeOnce(deps.store, contextOf(acting), { key: `discord:once:${id}`, kind: 'interaction' })
}
