import type { Shard } from './gateway.ts'

/** Whether Discord tells of a server on this shard; of direct conversations, which have none, the first one tells. */
export function isOfShard(guildId: string | undefined, { id, of }: Shard): boolean {
  return (guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(of))) === id
}
