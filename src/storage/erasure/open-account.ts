import { LoomError } from '../../core/errors.ts'
import type { Tx } from '../database.ts'

/**
 * Nothing is accepted in an account that is being deleted, from the request on. The account stays open until the
 * transaction ends: a fence that comes meanwhile waits, and finds what was accepted. Throws `forbidden`.
 */
export async function mustBeOpen({ sql }: Pick<Tx, 'sql'>): Promise<void> {
  const [account] = await sql<{ state: string }[]>`select state from loom.tenants for key share`
  if (account?.state === 'active') return
  throw new LoomError({
    kind: 'forbidden',
    message:
      'This account of Loom is being deleted, so nothing new is taken. Within a day of the request its owner can undo that.',
  })
}
