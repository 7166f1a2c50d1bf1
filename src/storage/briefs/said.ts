import type { FileSource } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { shortName } from '../identities/short-name.ts'

/** What a person said in the thread while the job was running. */
export interface Said {
  messageId: string
  text: string
  /** Who said it, once more than one person has spoken in the thread. */
  author?: string
  /** The one agent that it was said to; to all of them without it. */
  toTaskId?: string
}

/** Everything that was said so far to one agent of a running job, or to all of them, in order. */
export async function loadSaid(
  store: Store,
  context: TenantContext,
  input: { jobId: string; taskId: string },
): Promise<Said[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const said = await readSaid({ tx, sealer }, [input.jobId])
    return saidTo(input.taskId, said.get(input.jobId))
  })
}

export function saidTo(taskId: string, said: readonly Said[] = []): Said[] {
  return said.filter(({ toTaskId }) => toTaskId === undefined || toTaskId === taskId)
}

/** What was said to whomever of several jobs, inside a transaction of the tenant. */
export async function readSaid(
  { tx, sealer }: { tx: Tx; sealer: Sealer },
  jobIds: readonly string[],
): Promise<Map<string, Said[]>> {
  const ids = jobIds as string[]
  const [rows, spoken] = await Promise.all([
    tx.sql<Row[]>`
      select j.id as job_id, m.id as message_id, b.to_task_id, m.body_sealed as body,
             m.files_sealed as files, i.id as by, i.name_sealed as name
      from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id join loom.messages m on m.id = b.message_id
      left join loom.identities i on i.id = m.identity_id
      where j.id = any(${ids}::uuid[]) and b.position > 0 order by b.position`,
    tx.sql<{ job_id: string; by: string }[]>`
      select distinct j.id as job_id, m.identity_id as by
      from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id join loom.messages m on m.id = b.message_id
      where j.id = any(${ids}::uuid[]) and b.position <= 0 and m.author = 'person' and m.identity_id is not null`,
  ])
  const said = new Map<string, Said[]>(jobIds.map((jobId) => [jobId, []]))
  const people = new Map(jobIds.map((jobId) => [jobId, new Set<string>()]))
  for (const { by, job_id } of spoken) people.get(job_id)?.add(by)
  for (const row of rows) {
    const heard = people.get(row.job_id)
    if (row.by !== null) heard?.add(row.by)
    const text = sealer.openText(`messages.body:${row.message_id}`, row.body) + filesNote(sealer, row)
    const toOne = row.to_task_id === null ? {} : { toTaskId: row.to_task_id }
    // What stands before stays as it was told when another person joins.
    const named = (heard?.size ?? 0) > 1 && row.by !== null && row.name !== null
    const author = named ? { author: nameOf(sealer, row) } : {}
    said.get(row.job_id)?.push({ messageId: row.message_id, text, ...author, ...toOne })
  }
  return said
}

interface Row {
  job_id: string
  message_id: string
  to_task_id: string | null
  body: Uint8Array
  files: Uint8Array | null
  by: string | null
  name: Uint8Array | null
}

function nameOf(sealer: Sealer, { by, name }: Row): string {
  return name === null ? '' : shortName(sealer.openText(`identities.name:${by}`, name))
}

/** Files that come while agents work are not among those that they can read. */
function filesNote(sealer: Sealer, { files, message_id: id }: Row): string {
  if (files === null) return ''
  const sources = JSON.parse(sealer.openText(`messages.files:${id}`, files)) as FileSource[]
  return `\n\n(Files came with this that cannot be read in this run: ${sources.map(({ name }) => name).join(', ')}.)`
}
