import { LoomError } from '../../core/errors.ts'
import type { InstallationKind, Platform } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { acrossTenants, inTenant, type Store } from '../database.ts'
import { ensureIdentity } from '../identities/ensure.ts'
import { directory, installations, tenants } from '../schema/index.ts'

/** Caps that hold until somebody changes them: 5 dollars a job, 100 a month. */
export const defaultCaps = { jobMicroUsd: 5_000_000, monthMicroUsd: 100_000_000 } as const

export interface Account {
  tenantId: string
  installationId: string
  identityId: string
}

interface Installing {
  platform: Platform
  kind: InstallationKind
  externalId: string
  installer: { externalId: string; name?: string }
  /** The account for which somebody who is signed in installs it; one of its own without it. */
  tenantId?: string
  /** What belongs to another account than that stays there, instead of being refused. */
  unlessElsewhere?: boolean
}

/**
 * The account behind an installation of a platform, made at its first sight, with its keys, its installation and the
 * person who installed it: the owner of an account that is made by it. Two processes that come at once end with the
 * same account. Throws `forbidden` where the installation belongs to another account than the one that is named.
 */
export async function openAccount(store: Store, input: Installing): Promise<Account> {
  const hash = await store.vault.directoryHash(`${input.platform}:${input.kind}`, input.externalId)
  const kind = `installation:${input.platform}`
  const tenantId =
    (await findTenant(store, { kind, hash })) ?? (await register(store, { ...input, kind, hash }))
  const isElsewhere = input.tenantId !== undefined && input.tenantId !== tenantId
  if (isElsewhere && input.unlessElsewhere !== true) throw belongsElsewhere()
  await store.vault.create(tenantId)
  return settle(store, tenantId, input)
}

function belongsElsewhere(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'It belongs to another account of Loom already.',
  })
}

async function findTenant(
  store: Store,
  { hash, kind }: { kind: string; hash: Buffer },
): Promise<string | undefined> {
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string }[]>`
      select tenant_id from loom.directory where kind = ${kind} and hash = ${hash}`,
  )
  return rows[0]?.tenant_id
}

async function register(
  store: Store,
  entry: { kind: string; hash: Buffer; tenantId?: string },
): Promise<string> {
  const { hash, kind, tenantId = store.newId() } = entry
  await acrossTenants(store, ({ db }) =>
    db.insert(directory).values({ kind, hash, tenantId }).onConflictDoNothing(),
  )
  return (await findTenant(store, entry)) ?? tenantId
}

/** Writes what is missing of the account's own rows; all of it may be there already. */
async function settle(store: Store, tenantId: string, input: Installing): Promise<Account> {
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const fresh = await tx.db
      .insert(tenants)
      .values({
        tenantId,
        jobCapMicroUsd: defaultCaps.jobMicroUsd,
        monthCapMicroUsd: defaultCaps.monthMicroUsd,
      })
      .onConflictDoNothing()
      .returning({ tenantId: tenants.tenantId })
    // An account that is there already makes nobody its owner: whoever may install an app is not thereby more.
    const role = fresh.length > 0 ? 'owner' : 'member'
    const { identityId } = await ensureIdentity(
      { store, tx, sealer },
      { tenantId, platform: input.platform, person: input.installer, role },
    )
    const externalHash = sealer.hash('installation', `${input.platform}:${input.kind}:${input.externalId}`)
    const id = store.newId()
    await tx.db
      .insert(installations)
      .values({
        tenantId,
        id,
        platform: input.platform,
        kind: input.kind,
        externalHash,
        externalSealed: sealer.seal(`installations.external:${id}`, input.externalId),
        installedBy: identityId,
      })
      .onConflictDoNothing()
    const [row] = await tx.sql<{ id: string }[]>`
      select id from loom.installations where platform = ${input.platform} and external_hash = ${externalHash}`
    if (fresh.length > 0) {
      const context = { tenantId, actor: { kind: 'person', identityId } } as const
      await audit({ store, tx, sealer }, context, {
        action: 'tenant.create',
        subjectKind: 'tenant',
        subjectId: tenantId,
      })
    }
    return { tenantId, installationId: row?.id ?? id, identityId }
  })
}
