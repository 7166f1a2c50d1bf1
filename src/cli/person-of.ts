import { LoomError } from '../core/errors.ts'
import { platforms } from '../core/words.ts'
import type { Store, TenantContext } from '../storage/database.ts'
import { mustBeThere } from '../storage/erasure/forget-person.ts'
import { findIdentity } from '../storage/identities/find.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Somebody of an account by their id in Loom, or as their platform calls them: `slack:U0123`. Throws `not_found`. */
export async function personOf(store: Store, context: TenantContext, name: string): Promise<string> {
  const [first = '', ...rest] = name.split(':')
  const platform = platforms.find((one) => one === first)
  const externalId = rest.join(':')
  const found = platform
    ? await findIdentity(store, context, { platform, externalId })
    : uuid.test(name)
      ? name
      : undefined
  if (found !== undefined) {
    await mustBeThere(store, context, found)
    return found
  }
  throw new LoomError({
    kind: 'not_found',
    message: 'Loom knows nobody of that account by that name. Say --person slack:U0123, or their id in Loom.',
  })
}
