import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

/** What a person said in the thread while the job was running. */
export interface Said {
  messageId: string
  text: string
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
  const rows = await tx.sql<
    { job_id: string; message_id: string; to_task_id: string | null; body: Uint8Array }[]
  >`
    select j.id as job_id, m.id as message_id, b.to_task_id, m.body_sealed as body
    from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id join loom.messages m on m.id = b.message_id
    where j.id = any(${jobIds as string[]}::uuid[]) and b.position > 0 order by b.position`
  const said = new Map<string, Said[]>(jobIds.map((jobId) => [jobId, []]))
  for (const row of rows) {
    const text = sealer.openText(`messages.body:${row.message_id}`, row.body)
    const toOne = row.to_task_id === null ? {} : { toTaskId: row.to_task_id }
    said.get(row.job_id)?.push({ messageId: row.message_id, text, ...toOne })
  }
  return said
}
