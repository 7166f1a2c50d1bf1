import { toLoomError } from '../../core/errors.ts'
import type { Part } from '../../core/model.ts'
import type { TableName } from '../../storage/schema/names.ts'
import type { Exporting } from './deps.ts'

/** Where a file was to be fetched and where a post stands: addresses for Loom's own use, which tell nobody anything. */
const plumbing: readonly string[] = ['attachments.sourceSealed', 'deliveries.refSealed']

/** What is kept as JSON is given as JSON. */
const asJson: readonly string[] = [
  'approvals.argumentsSealed',
  'events.bodySealed',
  'questions.bodySealed',
  'requests.answerSealed',
  'steps.replySealed',
  'steps.resultsSealed',
  'tasks.specSealed',
]

/**
 * A sealed field in plain; `undefined` where it is not to be given, or empty. One that does not open is logged by its place
 * and left out: a single damaged row keeps nobody from the others.
 */
export function openField(
  { about, log, mayRead, nameless, sealer }: Exporting,
  input: { table: TableName; column: string; row: Readonly<Record<string, unknown>> },
): unknown {
  const { column, row, table } = input
  const place = `${table.key}.${column}`
  const value = row[table.columns[column] ?? '']
  if (typeof value !== 'string' || plumbing.includes(place)) return undefined
  if (about.form === 'person' && !mayRead(table.key, column, row)) return undefined
  try {
    const text = sealer.openText(labelOf(table, column, row), Buffer.from(value.slice(2), 'hex'))
    const clean = isOwnWords(place, row) ? (own: string) => own : nameless
    if (place === 'messages.filesSealed') return namesOf(JSON.parse(text))
    return asJson.includes(place) ? eachText(readable(JSON.parse(text)), clean) : clean(text)
  } catch (thrown) {
    const { detail, kind } = toLoomError(thrown)
    log.error({ place, id: row.id, kind, detail }, 'a field is left out of an export')
    return undefined
  }
}

/** Of the files that came with a message: where they are fetched from may be an address that opens them. */
function namesOf(files: readonly { name: string }[]): string[] {
  return files.map(({ name }) => name)
}

/** What somebody wrote stays word for word, whomever they speak of in it: it is theirs. So is who they are. */
function isOwnWords(place: string, row: Readonly<Record<string, unknown>>): boolean {
  if (place.startsWith('messages.')) return row.author !== 'loom'
  return /^(identities|members|feedback|requests|schedules|auditLog)\./.test(place)
}

/** The place for which a field was sealed; most say their own row. */
function labelOf(
  { columns, name }: TableName,
  column: string,
  row: Readonly<Record<string, unknown>>,
): string {
  const place = `${name}.${(columns[column] ?? '').replace(/_sealed$/, '')}`
  switch (place) {
    case 'artifacts.path':
    case 'events.body':
      return `${place}:${String(row.job_id)}`
    case 'steps.summary':
      return `${place}:${String(row.task_id)}:${String(row.ordinal)}`
    default:
      return `${place}:${String(row.id ?? row.tenant_id)}`
  }
}

/** A provider's reasoning is sealed by that provider for itself: nobody else can read it, and it says nothing here. */
function readable(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.filter((part: Partial<Part>) => part?.type !== 'reasoning')
}

/** The same with every text in it changed; keys stay. */
export function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => eachText(item, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, eachText(inner, change)]))
}
