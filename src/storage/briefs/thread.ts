import type { FileSource } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Tx } from '../database.ts'
import type { Gathered } from './gathering.ts'

/** A message of the thread as agents see it: whose it is, when it was said, its words and the names of its files. */
export interface ThreadLine {
  author: string
  /** To the minute. */
  saidAt: string
  text: string
  files?: readonly string[]
}

/** What stands in the thread before a brief. */
export interface ThreadBefore {
  lines: readonly ThreadLine[]
  /** Who asked, where the thread tells of it. */
  askedBy: string | undefined
  /** How many earlier messages were too many. */
  leftOut: number
  /** Why the thread could not be read. */
  unread: string | undefined
}

/**
 * What was cited of the threads of several jobs, oldest first, with the names as they were when it was gathered: the
 * same every time. Jobs that gathered nothing are left out.
 */
export async function readThreads(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  jobIds: readonly string[],
): Promise<Map<string, ThreadBefore>> {
  const ids = jobIds as string[]
  const [gathered, rows] = await Promise.all([
    tx.sql<{ id: string; job_id: string; result: Uint8Array; asked_by: string | null }[]>`
      select t.id, t.job_id, t.result_sealed as result, b.asked_by
      from loom.tasks t join loom.jobs j on j.id = t.job_id join loom.briefs b on b.id = j.brief_id
      where t.job_id = any(${ids}::uuid[]) and t.kind = 'gather' and t.state = 'done' and t.result_sealed is not null`,
    tx.sql<Row[]>`
      select j.id as job_id, m.id, m.author, m.identity_id, m.body_sealed as body, m.files_sealed as files,
             to_char(m.said_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"') as said_at
      from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id join loom.messages m on m.id = b.message_id
      where j.id = any(${ids}::uuid[]) and b.position < 0 order by b.position`,
  ])
  const byJob = Map.groupBy(rows, (row) => row.job_id)
  return new Map(
    gathered.flatMap(({ asked_by, id, job_id, result }) => {
      const found = parse(sealer.openText(`tasks.result:${id}`, result))
      if (!found) return []
      const label = labels(found.names)
      const lines = (byJob.get(job_id) ?? []).map((row) => lineOf(sealer, row, label))
      const askedBy = asked_by === null ? undefined : found.names[asked_by]
      return [[job_id, { lines, askedBy, leftOut: found.leftOut, unread: found.unread }] as const]
    }),
  )
}

interface Row {
  job_id: string
  id: string
  author: 'person' | 'loom' | 'bot'
  identity_id: string | null
  body: Uint8Array
  files: Uint8Array | null
  said_at: string
}

type Label = (row: Pick<Row, 'author' | 'identity_id'>) => string

/** Nobody passes for Loom, and who has no name is told apart by a number. */
function labels(names: Gathered['names']): Label {
  const nameless = new Map<string, string>()
  return ({ author, identity_id: id }) => {
    if (author === 'loom') return 'Loom'
    const known = id === null ? undefined : names[id]
    if (known === undefined) {
      const place = id ?? ''
      if (!nameless.has(place)) nameless.set(place, `somebody ${nameless.size + 1}`)
    }
    const name = known ?? nameless.get(id ?? '') ?? ''
    if (author === 'bot') return `${name} (bot)`
    return name.trim().toLowerCase() === 'loom' ? `${name} (a person)` : name
  }
}

function lineOf(sealer: Sealer, row: Row, label: Label): ThreadLine {
  const files = row.files
    ? (JSON.parse(sealer.openText(`messages.files:${row.id}`, row.files)) as FileSource[])
    : []
  return {
    author: label(row),
    saidAt: row.said_at,
    text: sealer.openText(`messages.body:${row.id}`, row.body),
    ...(files.length > 0 ? { files: files.map(({ name }) => name) } : {}),
  }
}

/** A task that gathered before there were threads left nothing. */
function parse(result: string): Gathered | undefined {
  return result === '' ? undefined : (JSON.parse(result) as Gathered)
}
