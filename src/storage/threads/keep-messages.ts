import type { Author, ThreadMessage } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Platform } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Keeps messages of others in a thread, each once by its key, with their authors; what is there already stays as it is.
 * Loom's own posts have their rows already, and of people who are ignored nothing is kept. Answers how many are new.
 */
export async function keepMessages(
  deps: Deps,
  input: { tenantId: string; threadId: string; platform: Platform; messages: readonly ThreadMessage[] },
): Promise<number> {
  const { sealer, store, tx } = deps
  const { tenantId, threadId } = input
  const others = input.messages.filter(({ author }) => author.kind !== 'loom')
  const authors = await ensureAuthors(deps, { ...input, authors: others.map(({ author }) => author) })
  const rows = others.flatMap((message) => {
    const author = authors.get(message.author.externalId)
    return author && !author.ignored ? [{ id: store.newId(), identityId: author.identityId, message }] : []
  })
  if (rows.length === 0) return 0
  const files = rows.map(({ id, message }) =>
    message.files.length > 0
      ? sealer.seal(`messages.files:${id}`, JSON.stringify(message.files)).toString('hex')
      : null,
  )
  const kept = await tx.sql`
    insert into loom.messages
      (tenant_id, id, thread_id, author, identity_id, external_hash, body_sealed, files_sealed, said_at)
    select ${tenantId}, r.id, ${threadId}, r.author, r.identity_id, decode(r.hash, 'hex'), decode(r.body, 'hex'),
           decode(r.files, 'hex'), to_timestamp(r.said / 1000)
    from unnest(
      ${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ message }) => message.author.kind)}::text[],
      ${rows.map(({ identityId }) => identityId)}::uuid[],
      ${rows.map(({ message }) => sealer.hash('message', message.key).toString('hex'))}::text[],
      ${rows.map(({ id, message }) => sealer.seal(`messages.body:${id}`, message.text).toString('hex'))}::text[],
      ${files}::text[], ${rows.map(({ message }) => message.saidAtMs)}::float8[]
    ) as r (id, author, identity_id, hash, body, files, said)
    on conflict (tenant_id, thread_id, external_hash) do nothing returning id`
  return kept.length
}

/** Rows of all authors at once; the first name that is told of one stays. */
async function ensureAuthors(
  { sealer, store, tx }: Deps,
  input: { tenantId: string; platform: Platform; authors: readonly Author[] },
): Promise<Map<string, { identityId: string; ignored: boolean }>> {
  const { platform, tenantId } = input
  const named = new Map<string, Author>()
  for (const author of input.authors) {
    if (!named.get(author.externalId)?.name) named.set(author.externalId, author)
  }
  const list = [...named.values()].map((author) => {
    const hash = sealer.hash('identity', `${platform}:${author.externalId}`).toString('hex')
    return { author, hash, id: store.newId() }
  })
  if (list.length === 0) return new Map()
  const hashes = list.map(({ hash }) => hash)
  const external = list.map(({ author, id }) =>
    sealer.seal(`identities.external:${id}`, author.externalId).toString('hex'),
  )
  await tx.sql`
    insert into loom.identities (tenant_id, id, platform, external_hash, external_sealed, role)
    select ${tenantId}, a.id, ${platform}, decode(a.hash, 'hex'), decode(a.external, 'hex'), a.role
    from unnest(
      ${list.map(({ id }) => id)}::uuid[], ${hashes}::text[], ${external}::text[],
      ${list.map(({ author }) => (author.kind === 'person' ? 'member' : 'guest'))}::text[]
    ) as a (id, hash, external, role)
    where not exists (
      select 1 from loom.identities i where i.platform = ${platform} and i.external_hash = decode(a.hash, 'hex'))
    order by a.hash on conflict do nothing`
  const rows = await tx.sql<{ id: string; hash: string; ignored: boolean; nameless: boolean }[]>`
    select id, encode(external_hash, 'hex') as hash, ignored_at is not null as ignored, name_sealed is null as nameless
    from loom.identities
    where platform = ${platform} and external_hash in (select decode(h, 'hex') from unnest(${hashes}::text[]) as h)`
  const byHash = new Map(rows.map((row) => [row.hash, row]))
  const found = new Map<string, { identityId: string; ignored: boolean }>()
  for (const { author, hash } of list) {
    const row = byHash.get(hash)
    if (!row) continue
    found.set(author.externalId, { identityId: row.id, ignored: row.ignored })
    if (row.nameless && !row.ignored && author.name) {
      const sealed = sealer.seal(`identities.name:${row.id}`, author.name)
      await tx.sql`update loom.identities set name_sealed = ${sealed} where id = ${row.id} and name_sealed is null`
    }
  }
  return found
}
