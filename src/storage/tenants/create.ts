import type { InstallationKind, Platform, Role } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { acrossTenants, inTenant, type Store } from '../database.ts'
import { directory, identities, installations, tenants } from '../schema/index.ts'

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
  installer: { externalId: string; name: string }
}

/**
 * The account behind an installation of a platform, made at its first sight, with its keys, its installation and the
 * person who installed it as owner. Two processes that come at once end with the same account.
 */
export async function openAccount(store: Store, input: Installing): Promise<Account> {
  const hash = await store.vault.directoryHash(`${input.platform}:${input.kind}`, input.externalId)
  const known = await findTenant(store, `installation:${input.platform}`, hash)
  const tenantId = known ?? (await register(store, { kind: `installation:${input.platform}`, hash }))
  await store.vault.create(tenantId)
  return settle(store, tenantId, input)
}

async function findTenant(store: Store, kind: string, hash: Buffer): Promise<string | undefined> {
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string }[]>`
      select tenant_id from loom.directory where kind = ${kind} and hash = ${hash}`,
  )
  return rows[0]?.tenant_id
}

async function register(store: Store, entry: { kind: string; hash: Buffer }): Promise<string> {
  const tenantId = store.newId()
  await acrossTenants(store, ({ db }) =>
    db
      .insert(directory)
      .values({ ...entry, tenantId })
      .onConflictDoNothing(),
  )
  return (await findTenant(store, entry.kind, entry.hash)) ?? tenantId
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
    const identityId = await ensureIdentity(
      { store, tx, sealer },
      { tenantId, platform: input.platform, person: input.installer, role: 'owner' },
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

/** The row of a person on a platform, made at first sight; a later name does not replace the first. */
export async function ensureIdentity(
  deps: {
    store: Store
    tx: Parameters<Parameters<typeof inTenant>[2]>[0]
    sealer: Awaited<ReturnType<Store['vault']['sealer']>>
  },
  input: { tenantId: string; platform: Platform; person: { externalId: string; name: string }; role: Role },
): Promise<string> {
  const externalHash = deps.sealer.hash('identity', `${input.platform}:${input.person.externalId}`)
  const id = deps.store.newId()
  await deps.tx.db
    .insert(identities)
    .values({
      tenantId: input.tenantId,
      id,
      platform: input.platform,
      externalHash,
      externalSealed: deps.sealer.seal(`identities.external:${id}`, input.person.externalId),
      nameSealed: deps.sealer.seal(`identities.name:${id}`, input.person.name),
      role: input.role,
    })
    .onConflictDoNothing()
  const [row] = await deps.tx.sql<{ id: string }[]>`
    select id from loom.identities where platform = ${input.platform} and external_hash = ${externalHash}`
  return row?.id ?? id
}
