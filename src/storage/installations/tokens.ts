import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { ChatTokens } from '../../core/installation.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

const chatTokens = z.object({ botToken: z.string(), botUserId: z.string(), appId: z.string() })

/** What an installation acts with. Throws `forbidden` once it is revoked, or for one that is not there. */
export async function openTokens(
  store: Store,
  context: TenantContext,
  input: { installationId: string },
): Promise<ChatTokens> {
  const { installationId: id } = input
  const chat = await store.vault.sealer(context.tenantId, 'chat')
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ tokens_sealed: Uint8Array | null }[]>`
      select tokens_sealed from loom.installations where id = ${id} and revoked_at is null`,
  )
  if (!row?.tokens_sealed) {
    throw new LoomError({
      kind: 'forbidden',
      message: 'Loom is no longer installed there.',
      detail: 'installation without tokens',
    })
  }
  return chatTokens.parse(JSON.parse(chat.openText(`installations.tokens:${id}`, row.tokens_sealed)))
}
