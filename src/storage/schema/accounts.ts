import { check, foreignKey, integer, jsonb, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { installationKinds, keyedProviders, platforms, roles } from '../../core/words.ts'
import { bytes, created, inList, loom, microUsd, moment, oneOf, owned, sealed } from './columns.ts'

/** An account. Its own row is seen only by itself: here the tenant's id is the row's id. */
export const tenants = loom.table(
  'tenants',
  {
    tenantId: uuid('tenant_id').primaryKey(),
    state: oneOf('state', ['active', 'fenced', 'tombstoned']).notNull().default('active'),
    nameSealed: sealed('name_sealed'),
    jobCapMicroUsd: microUsd('job_cap_micro_usd').notNull(),
    monthCapMicroUsd: microUsd('month_cap_micro_usd').notNull(),
    /** Choices without content: tiers, time zone, flags. */
    settings: jsonb('settings').notNull().default({}),
    createdAt: created(),
  },
  () => [check('tenants_state', inList('state', ['active', 'fenced', 'tombstoned']))],
)

/** A tenant's own key at a model provider, instead of ours. Sealed for the purpose `integrations`. */
export const providerKeys = loom.table(
  'provider_keys',
  {
    tenantId: uuid('tenant_id').notNull(),
    provider: oneOf('provider', keyedProviders).notNull(),
    /** Sets a new key's account apart from the old one's, so that what was learned of the old is not held against it. */
    keyId: uuid('key_id').notNull(),
    keySealed: sealed('key_sealed').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.provider] }),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('provider_keys_provider', inList('provider', keyedProviders)),
  ],
)

export const members = loom.table(
  'members',
  {
    ...owned(),
    role: oneOf('role', roles).notNull(),
    subjectHash: bytes('subject_hash'),
    emailSealed: sealed('email_sealed'),
    nameSealed: sealed('name_sealed'),
    createdAt: created(),
    removedAt: moment('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('members_subject').on(t.tenantId, t.subjectHash),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('members_role', inList('role', roles)),
  ],
)

/** A person on a platform, linked to a member of the tenant or not. */
export const identities = loom.table(
  'identities',
  {
    ...owned(),
    platform: oneOf('platform', platforms).notNull(),
    externalHash: bytes('external_hash').notNull(),
    externalSealed: sealed('external_sealed').notNull(),
    nameSealed: sealed('name_sealed'),
    memberId: uuid('member_id'),
    role: oneOf('role', roles).notNull().default('guest'),
    /** Set by `ignore-me`: nothing of this person is kept from then on. */
    ignoredAt: moment('ignored_at'),
    /** Set where this person objects: to their thumbs being kept, to anything being remembered of them. */
    feedbackOffAt: moment('feedback_off_at'),
    memoryOffAt: moment('memory_off_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('identities_external').on(t.tenantId, t.platform, t.externalHash),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    foreignKey({ columns: [t.tenantId, t.memberId], foreignColumns: [members.tenantId, members.id] }),
    check('identities_platform', inList('platform', platforms)),
    check('identities_role', inList('role', roles)),
  ],
)

export const installations = loom.table(
  'installations',
  {
    ...owned(),
    platform: oneOf('platform', platforms).notNull(),
    kind: oneOf('kind', installationKinds).notNull(),
    externalHash: bytes('external_hash').notNull(),
    externalSealed: sealed('external_sealed').notNull(),
    /** Sealed for the purpose `chat`: the bot role alone can open it. */
    tokensSealed: sealed('tokens_sealed'),
    scopes: text('scopes').array().notNull().default([]),
    settings: jsonb('settings').notNull().default({}),
    installedBy: uuid('installed_by'),
    keyVersion: integer('key_version').notNull().default(1),
    createdAt: created(),
    revokedAt: moment('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('installations_external').on(t.tenantId, t.platform, t.kind, t.externalHash),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    foreignKey({
      columns: [t.tenantId, t.installedBy],
      foreignColumns: [identities.tenantId, identities.id],
    }),
    check('installations_platform', inList('platform', platforms)),
    check('installations_kind', inList('kind', installationKinds)),
  ],
)
