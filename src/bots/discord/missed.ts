import type { GatewayDispatchPayload } from 'discord.js'
import { z } from 'zod'
import type { Clock } from '../../core/ports.ts'
import { momentOf, snowflake } from './snowflake.ts'

/** Clocks differ, and what was said just before the last event may have come after it. */
const marginMs = 60_000
/** Servers are told one by one after a session has begun; what is told later has nothing to do with it. */
const tellingMs = 5 * 60_000

const spoken = z.object({ id: snowflake, last_message_id: snowflake })

/** What may have been missed of each shard between its last event and a session that continues none. */
export interface Missed {
  heard(shardId: number, payload: GatewayDispatchPayload): void
  begun(shardId: number): void
  /** The channels in which something was said meanwhile, of those that a server is told to have, and since when. */
  in(shardId: number, channels: readonly unknown[]): { channelId: string; sinceMs: number }[]
}

export function createMissed({ now }: { now: Clock }): Missed {
  const heardAtMs = new Map<number, number>()
  const gaps = new Map<number, { sinceMs: number; begunAtMs: number }>()

  return {
    heard(shardId, { t }) {
      if (t !== 'READY') heardAtMs.set(shardId, now())
    },
    begun(shardId) {
      const last = heardAtMs.get(shardId)
      if (last !== undefined) gaps.set(shardId, { sinceMs: last - marginMs, begunAtMs: now() })
    },
    in(shardId, channels) {
      const gap = gaps.get(shardId)
      if (!gap || now() - gap.begunAtMs > tellingMs) return []
      const { sinceMs } = gap
      return channels.flatMap((raw) => {
        const read = spoken.safeParse(raw).data
        return read && momentOf(read.last_message_id) > sinceMs ? [{ channelId: read.id, sinceMs }] : []
      })
    },
  }
}
