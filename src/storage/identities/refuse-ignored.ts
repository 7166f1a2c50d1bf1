import { LoomError } from '../../core/errors.ts'
import type { Tx } from '../database.ts'

/** Who asked that nothing of theirs be kept cannot be worked for. Throws `forbidden`. */
export async function refuseIgnored(
  { sql }: Pick<Tx, 'sql'>,
  { identityId }: { identityId: string | undefined },
): Promise<void> {
  if (identityId === undefined) return
  const ignored = await sql`select 1 from loom.identities where id = ${identityId} and ignored_at is not null`
  if (ignored.length === 0) return
  throw new LoomError({
    kind: 'forbidden',
    message: 'You asked Loom to keep nothing of what you say, so it cannot work on that.',
  })
}
