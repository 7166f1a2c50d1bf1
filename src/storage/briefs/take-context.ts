import type { FileSource } from '../../core/brief.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { shortName } from '../identities/short-name.ts'
import { notePeople } from '../jobs/note-people.ts'
import type { HeldTask } from '../tasks/held.ts'
import { holdTask } from '../tasks/hold.ts'
import { attachLater } from './attach.ts'
import { earlierJobs, filesOfJobs } from './earlier.ts'
import type { Gathered } from './gathering.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Brief {
  id: string
  threadId: string
  promptId: string
  saidAt: string
  askedBy: string | null
  followsJobId: string | null
  /** The answers of jobs that the thread watched. */
  shownIds: string[]
}

/**
 * Cites what was said in the thread before the prompt as the brief's context, at positions below it, the newest first
 * when there is too much; attaches the files of those messages, and what the job that this one follows had and made.
 * Done once, under the gathering task's lease; a repeat adds nothing. Answers how many messages were left out, and who
 * speaks in the others. Throws `lease_lost`.
 */
export async function takeContext(
  store: Store,
  context: TenantContext,
  input: { task: HeldTask; holder: string },
): Promise<Pick<Gathered, 'leftOut' | 'names'>> {
  const { tenantId } = context
  const { jobId } = input.task
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    await holdTask(tx, context, input)
    const brief = await loadBrief(tx, jobId)
    if (!brief) return { leftOut: 0, names: {} }
    const [cited] = await tx.sql<{ many: number }[]>`
      select count(*)::int as many from loom.brief_messages where brief_id = ${brief.id} and position < 0`
    const before = await countBefore(tx, brief)
    if (cited && cited.many > 0) {
      return { leftOut: Math.max(0, before - cited.many), names: await namesIn(deps, brief) }
    }
    const earlier = await earlierJobs(tx, brief)
    const newest = await newestBefore(deps, brief, earlier.gathered)
    await cite(deps, { tenantId, briefId: brief.id, messageIds: newest.map(({ id }) => id) })
    await notePeople(tx, { tenantId, jobId })
    const files = [
      ...(await filesOfJobs(deps, earlier)),
      ...newest.flatMap((message) => (message.came ? [] : message.files)),
    ]
    const attached = await attachLater(deps, { tenantId, briefId: brief.id, files })
    const fromOthers = newest.some(({ author, by }) => author !== 'loom' && by !== brief.askedBy)
    await tx.sql`
      update loom.jobs j set tainted = true
      where id = ${jobId} and not tainted and (
        ${attached > 0 || fromOthers}
        or exists (select 1 from loom.jobs f where f.id = ${brief.followsJobId} and f.tainted))`
    return { leftOut: before - newest.length, names: await namesIn(deps, brief) }
  })
}

async function loadBrief({ sql }: Tx, jobId: string): Promise<Brief | undefined> {
  const [row] = await sql<Brief[]>`
    select b.id, b.thread_id as "threadId", m.id as "promptId", m.said_at::text as "saidAt", b.asked_by as "askedBy",
           j.follows_job_id as "followsJobId",
           array(select w.answer_message_id from loom.job_threads jt join loom.jobs w on w.id = jt.job_id
                 where jt.thread_id = b.thread_id and jt.part = 'watcher' and w.answer_message_id is not null) as "shownIds"
    from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.messages m on m.id = b.prompt_message_id
    where j.id = ${jobId}`
  return row
}

/**
 * Of people who are ignored nothing is read either, whenever they said so. What Loom answered here came before, whatever
 * the clocks say: no two jobs run in one thread. What was answered elsewhere and shown here stands here too. An answer is
 * there as long as its job: nobody knows any more whose words it was made of, for which it could have to be forgotten.
 */
function saidBefore({ sql }: Tx, brief: Brief) {
  return sql`
    from loom.messages m left join loom.identities i on i.tenant_id = m.tenant_id and i.id = m.identity_id
    where (m.thread_id = ${brief.threadId} or m.id = any(${brief.shownIds}::uuid[])) and m.id <> ${brief.promptId} and m.removed_at is null
      and (m.author = 'loom' or m.said_at < ${brief.saidAt}::timestamptz + interval '1 millisecond') and i.ignored_at is null
      and (m.author <> 'loom' or exists (select 1 from loom.jobs a where a.tenant_id = m.tenant_id and a.answer_message_id = m.id))`
}

async function countBefore(tx: Tx, brief: Brief): Promise<number> {
  const [row] = await tx.sql<{ many: number }[]>`select count(*)::int as many ${saidBefore(tx, brief)}`
  return row?.many ?? 0
}

interface Said {
  id: string
  author: 'person' | 'loom' | 'bot'
  by: string | null
  files: FileSource[]
  /** Its files came with the job before: as objects of that job, not once more from the platform. */
  came: boolean
}

/** What fits, from the newest backwards. */
async function newestBefore(
  { sealer, tx }: Deps,
  brief: Brief,
  gatheredId: string | undefined,
): Promise<Said[]> {
  const rows = await tx.sql<
    {
      id: string
      author: Said['author']
      by: string | null
      body: Uint8Array
      files: Uint8Array | null
      came: boolean
    }[]
  >`
    select m.id, m.author, m.identity_id as by, m.body_sealed as body, m.files_sealed as files,
           exists (select 1 from loom.brief_messages c join loom.jobs f on f.brief_id = c.brief_id
                   where f.id = ${gatheredId ?? null} and c.message_id = m.id and c.position <= 0) as came
    ${saidBefore(tx, brief)} order by m.said_at desc, m.id desc limit ${limits.threadMessages}`
  const taken: Said[] = []
  let left: number = limits.threadChars
  for (const { author, body, by, came, files, id } of rows) {
    left -= sealer.openText(`messages.body:${id}`, body).length
    if (left < 0) break
    const sources = files ? (JSON.parse(sealer.openText(`messages.files:${id}`, files)) as FileSource[]) : []
    taken.push({ id, author, by, came, files: sources })
  }
  return taken
}

/** The newest stands right before the prompt. */
async function cite(
  { tx }: Deps,
  input: { tenantId: string; briefId: string; messageIds: readonly string[] },
): Promise<void> {
  const { briefId, messageIds, tenantId } = input
  await tx.sql`
    insert into loom.brief_messages (tenant_id, brief_id, message_id, position)
    select ${tenantId}, ${briefId}, m.id, -m.place
    from unnest(${messageIds as string[]}::uuid[]) with ordinality as m (id, place)
    on conflict do nothing`
}

/** The names of who asked and of all whose messages are cited. */
async function namesIn({ sealer, tx }: Deps, brief: Brief): Promise<Record<string, string>> {
  const rows = await tx.sql<{ id: string; name: Uint8Array }[]>`
    select i.id, i.name_sealed as name from loom.identities i
    where i.name_sealed is not null and (i.id = ${brief.askedBy} or i.id in (
      select m.identity_id from loom.brief_messages b join loom.messages m on m.id = b.message_id
      where b.brief_id = ${brief.id}))`
  return Object.fromEntries(
    rows.map(({ id, name }) => [id, shortName(sealer.openText(`identities.name:${id}`, name))]),
  )
}
