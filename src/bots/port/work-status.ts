import type { Card } from '../../core/chat.ts'

/** What a platform shows beside a thread in its own way: Loom works, is done, or waits for somebody. */
export type WorkStatus = 'processing' | 'active' | 'suspended'

export function workStatus({ endedAtMs, state }: Pick<Card, 'endedAtMs' | 'state'>): WorkStatus {
  if (endedAtMs !== undefined) return 'active'
  switch (state) {
    case 'done':
    case 'failed':
    case 'cancelled':
      return 'active'
    case 'suspended':
    case 'held':
      return 'suspended'
    default:
      return 'processing'
  }
}
