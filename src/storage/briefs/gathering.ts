import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** What a gathering task has to know of its brief before it reads anything. */
export interface Gathering {
  installationId: string
  thread: ThreadId
  /** The end of the millisecond in which the prompt was said: what stands before it is context. */
  untilMs: number
  /** Whether what was said before Loom came is here already. */
  historyRead: boolean
  /** The words of the prompt. */
  prompt: string
  /** How many files came with the prompt itself. */
  promptFiles: number
}

/** What a gathering task leaves as its result: what every agent is told of the thread beside its messages. */
export interface Gathered {
  /** How many earlier messages were too many. */
  leftOut: number
  /** Why the thread could not be read, in the platform's words for people. */
  unread?: string
  /** Who speaks in it, as they were called then: later names change nothing of what agents have read. */
  names: Readonly<Record<string, string>>
}

/** The place and moment of a job's brief; `undefined` when there is no such job. */
export async function loadGathering(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<Gathering | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const [row] = await sql<
      {
        installation_id: string
        address: string
        said: number
        read: boolean
        message_id: string
        body: Uint8Array
        files: Uint8Array | null
      }[]
    >`
      select t.installation_id, t.address, extract(epoch from m.said_at)::float8 * 1000 as said,
             t.history_at is not null as read, m.id as message_id, m.body_sealed as body, m.files_sealed as files
      from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.threads t on t.id = b.thread_id join loom.messages m on m.id = b.prompt_message_id
      where j.id = ${input.jobId}`
    if (!row) return undefined
    const files = row.files && sealer.openText(`messages.files:${row.message_id}`, row.files)
    return {
      installationId: row.installation_id,
      thread: row.address as ThreadId,
      untilMs: row.said + 1,
      historyRead: row.read,
      prompt: sealer.openText(`messages.body:${row.message_id}`, row.body),
      promptFiles: files ? (JSON.parse(files) as unknown[]).length : 0,
    }
  })
}
