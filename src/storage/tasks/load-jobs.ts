import type { Sealer } from '../../core/ports.ts'
import { loadAttachments } from '../briefs/load-attachments.ts'
import { type BudgetKey, budgetKeys } from '../budgets/keys.ts'
import type { Tx } from '../database.ts'
import type { Attachment } from './loaded.ts'

interface Deps {
  tx: Tx
  sealer: Sealer
}

export interface LoadedJob {
  prompt: string
  attachments: Attachment[]
  budgetKeys: BudgetKey[]
  replans: number
  leftMicroUsd: number
}

/** What the tasks of a job share. */
export async function loadJobs(
  { tx, sealer }: Deps,
  jobIds: readonly string[],
): Promise<Map<string, LoadedJob>> {
  const rows = await tx.sql<
    {
      id: string
      created_at: string
      address: string
      message_id: string
      body: Uint8Array
      brief_id: string
      replans: number
      left: number | null
    }[]
  >`
    select j.id, j.created_at::text as created_at, t.address, m.id as message_id, m.body_sealed as body, b.id as brief_id,
           j.replans, (select (u.cap_micro_usd - u.settled_micro_usd - u.reserved_micro_usd)::float8 from loom.budgets u
                       where u.scope = 'job' and u.key = j.id::text) as left
    from loom.jobs j join loom.briefs b on b.id = j.brief_id
    join loom.threads t on t.id = b.thread_id join loom.messages m on m.id = b.prompt_message_id
    where j.id = any(${jobIds as string[]}::uuid[])`
  const attachments = await loadAttachments(
    { tx, sealer },
    rows.map((row) => row.brief_id),
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {
        prompt: sealer.openText(`messages.body:${row.message_id}`, row.body),
        attachments: attachments.get(row.brief_id) ?? [],
        replans: row.replans,
        leftMicroUsd: row.left ?? 0,
        budgetKeys: budgetKeys({
          jobId: row.id,
          createdAtMs: Date.parse(row.created_at),
          address: row.address,
        }),
      },
    ]),
  )
}
