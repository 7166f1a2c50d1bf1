import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type Tx } from '../../storage/database.ts'
import { identitiesOf } from '../../storage/identities/same-person.ts'
import type { About, Exporting } from './deps.ts'
import { somebodyElse } from './deps.ts'

type Private = Pick<Exporting, 'own' | 'nameless' | 'mayRead'>

/** What keeps others out of a person's export; of the whole account everything leaves. */
export async function openPrivacy(
  { sealer, store, tenantId }: { store: Store; tenantId: string; sealer: Sealer },
  about: About,
): Promise<Private> {
  if (about.form === 'tenant') return { own: new Set(), nameless: (text) => text, mayRead: () => true }
  const found = await inTenant(store, tenantId, async (tx) => ({
    people: await tx.sql<{ id: string; name: Uint8Array | null; own: boolean }[]>`
      select id, name_sealed as name, id in ${identitiesOf(tx, about.identityId)} as own from loom.identities`,
    jobs: await ownJobs(tx, about.identityId),
    files: await filesOfMixed(tx, about.identityId),
  }))
  const nameOf = ({ id, name }: { id: string; name: Uint8Array | null }) =>
    name ? sealer.openText(`identities.name:${id}`, name).trim() : ''
  const own = found.people.filter((person) => person.own)
  const ownNames = new Set(own.map(nameOf))
  const others = found.people.filter((person) => !person.own).map(nameOf)
  const isOwnFile = judgeFiles(sealer, found.files)
  const jobs = new Map(found.jobs.map((job) => [job.id, job]))
  const mixed = new Set(found.jobs.filter((job) => job.mixed).map((job) => job.brief_id))
  return {
    own: new Set(own.map(({ id }) => id)),
    nameless: withoutNames(others.filter((name) => !ownNames.has(name))),
    mayRead(table, column, row) {
      const job = typeof row.job_id === 'string' ? jobs.get(row.job_id) : undefined
      // Their press or answer in a brief of somebody else: that they did, and nothing of what it was about.
      if ((table === 'approvals' || table === 'questions') && !job) return false
      // What gathering leaves are the names of everybody in the thread.
      if (table === 'tasks' && column === 'resultSealed' && row.kind === 'gather') return false
      if (table === 'attachments' && mixed.has(String(row.brief_id))) return isOwnFile(row)
      if (table === 'events' && row.kind === 'file_refused') return job?.mixed === false
      if (table === 'steps' && column !== 'replySealed') return job?.mixed === false
      return true
    },
  }
}

interface OwnJob {
  id: string
  brief_id: string
  /** Whether it took words or files of others, so that what its tools read may be theirs. */
  mixed: boolean
}

async function ownJobs(tx: Tx, identityId: string): Promise<OwnJob[]> {
  const own = identitiesOf(tx, identityId)
  return tx.sql<OwnJob[]>`
    with own as materialized (select o.id from ${own} o (id)),
    briefs as materialized (select id from loom.briefs where asked_by in (select id from own)),
    jobs as materialized (
      select id, brief_id, follows_job_id, answer_message_id from loom.jobs where brief_id in (select id from briefs)),
    others as (
      select c.brief_id from loom.brief_messages c join loom.messages m on m.id = c.message_id
      where c.brief_id in (select id from briefs)
        and (m.identity_id is null or m.identity_id not in (select id from own))
        and not exists (select 1 from jobs j where j.answer_message_id = m.id)
      union select j.brief_id from jobs j
      where j.follows_job_id is not null and j.follows_job_id not in (select id from jobs)
      union select j.brief_id from loom.questions q join jobs j on j.id = q.job_id
      where q.answered_by is not null and q.answered_by not in (select id from own))
    select id, brief_id, brief_id in (select brief_id from others) as mixed from jobs`
}

interface FileRow {
  brief_id: string
  id: string
  files: Uint8Array
  own: boolean
}

/** The files that came with messages which a brief of theirs cites. */
async function filesOfMixed(tx: Tx, identityId: string): Promise<FileRow[]> {
  const own = identitiesOf(tx, identityId)
  return tx.sql<FileRow[]>`
    select c.brief_id, m.id, m.files_sealed as files, coalesce(m.identity_id in ${own}, false) as own
    from loom.briefs b join loom.brief_messages c on c.brief_id = b.id join loom.messages m on m.id = c.message_id
    where b.asked_by in ${own} and m.files_sealed is not null`
}

/** A file of such a brief leaves where a message of theirs brought one of that name, and nobody else's did. */
function judgeFiles(sealer: Sealer, rows: readonly FileRow[]) {
  const names = new Map<string, boolean>()
  for (const { brief_id, files, id, own } of rows) {
    for (const { name } of JSON.parse(sealer.openText(`messages.files:${id}`, files)) as { name: string }[]) {
      const key = `${brief_id}/${name}`
      names.set(key, own && names.get(key) !== false)
    }
  }
  return (row: Readonly<Record<string, unknown>>): boolean => {
    const sealed =
      typeof row.name_sealed === 'string' ? Buffer.from(row.name_sealed.slice(2), 'hex') : undefined
    if (!sealed) return false
    const name = sealer.openText(`attachments.name:${String(row.id)}`, sealed)
    return names.get(`${String(row.brief_id)}/${name}`) === true
  }
}

/** Puts `somebody else` in the place of whole names, the longest first. */
function withoutNames(names: readonly string[]): (text: string) => string {
  const found = [...new Set(names)].filter((name) => name.length > 1).sort((a, b) => b.length - a.length)
  if (found.length === 0) return (text) => text
  const any = found.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any})(?![\\p{L}\\p{N}_])`, 'gu')
  return (text) => text.replace(pattern, somebodyElse)
}
