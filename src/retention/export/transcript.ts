import type { Part } from '../../core/model.ts'
import type { Exporting } from './deps.ts'
import { somebodyElse } from './deps.ts'
import { exportRows, type Row } from './rows.ts'

/** How much of one result stands in a transcript; `data/steps.json` has all of it. */
const shownLength = 2_000

/**
 * One brief as Markdown, for a person: who said what, what the agents did step by step, the answer, the files. Said in the
 * order in which it happened; made row by row, so that a long brief needs no more memory than a short one.
 */
export async function* transcript(exporting: Exporting, job: Row): AsyncGenerator<string> {
  const jobId = String(job.id)
  const briefId = String(job.briefId)
  const only = { column: 'jobId', id: jobId } as const
  yield `# ${lineOf(job.title) || 'A brief'}\n\n`
  yield `Asked for ${String(job.createdAt)}; ${stateWords(job)}. Job ${jobId}, brief ${briefId}.\n\n## What was said\n\n`
  yield* said(exporting, briefId)
  yield '## What the agents did\n\n'
  const tasks: Row[] = []
  for await (const task of exportRows(exporting, 'tasks', only)) tasks.push(task)
  for (const task of tasks.toSorted((a, b) => Number(a.position) - Number(b.position))) {
    yield `### ${lineOf(task.title) || String(task.kind)} (${String(task.kind)}, ${String(task.state)})\n\n`
    const within = { column: 'taskId', id: String(task.id) } as const
    for await (const step of exportRows(exporting, 'steps', within)) yield* stepWords(step)
    if (task.kind !== 'gather' && typeof task.result === 'string' && task.result !== '')
      yield `What came of it:\n\n${quoted(task.result)}\n\n`
  }
  if (typeof job.answerMessageId === 'string') {
    const text = await textOf(exporting, job.answerMessageId)
    if (text !== undefined) yield `## The answer\n\n${text}\n\n`
  }
  yield '## Files\n\n'
  for await (const file of exportRows(exporting, 'artifacts', only)) {
    yield `- ${lineOf(file.path)}, ${String(file.bytes)} bytes, SHA-256 ${String(file.sha256)}\n`
  }
}

/** What the brief cites, in its order: the thread before it, the prompt, what was said meanwhile. */
async function* said(exporting: Exporting, briefId: string): AsyncGenerator<string> {
  for await (const cited of exportRows(exporting, 'briefMessages', { column: 'briefId', id: briefId })) {
    const [message] = await messageRows(exporting, String(cited.messageId))
    const who = message ? await authorOf(exporting, message) : somebodyElse
    const about = Number(cited.position) === 0 ? ' (the prompt)' : ''
    yield message
      ? `**${who}**, ${String(message.saidAt)}${about}:\n\n${quoted(String(message.body ?? ''))}\n\n`
      : `**${who}**: left out, since it is not yours.\n\n`
  }
}

async function* stepWords({ createdAt, ordinal, reply, results }: Row): AsyncGenerator<string> {
  yield `Step ${String(ordinal)}, ${String(createdAt)}\n\n`
  for (const part of partsOf(reply)) yield partWords(part)
  if (results === undefined && partsOf(reply).some(({ type }) => type === 'tool_call'))
    yield 'What came back is left out: it may hold what somebody else wrote.\n\n'
  for (const part of partsOf(results)) yield partWords(part)
}

function partsOf(value: unknown): readonly Part[] {
  return Array.isArray(value) ? (value as Part[]) : []
}

function partWords(part: Part): string {
  switch (part.type) {
    case 'text':
      return `${quoted(part.text)}\n\n`
    case 'tool_call':
      return `Called \`${part.name}\`:\n\n${fenced(JSON.stringify(part.input, null, 2))}\n\n`
    case 'tool_result': {
      const text = part.content
        .map((item) => (item.type === 'text' ? item.text : `(${item.type})`))
        .join('\n')
      return `${part.isError ? 'It failed' : 'It answered'}:\n\n${fenced(text)}\n\n`
    }
    case 'image':
    case 'document':
      return `(${part.type}, ${part.mediaType}, SHA-256 ${part.sha256})\n\n`
    case 'reasoning':
      return ''
  }
}

/** A fence longer than any in the text, so that none of it ends the fence. */
function fenced(text: string): string {
  const shown = text.length > shownLength ? `${text.slice(0, shownLength)}\n… (shortened)` : text
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${shown}\n${fence}`
}

function quoted(text: string): string {
  return text.replace(/^/gm, '> ')
}

function lineOf(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : ''
}

function stateWords({ endedAt, state }: Row): string {
  return typeof endedAt === 'string' ? `${String(state)} ${endedAt}` : String(state)
}

async function messageRows(exporting: Exporting, id: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of exportRows(exporting, 'messages', { column: 'id', id })) rows.push(row)
  return rows
}

async function textOf(exporting: Exporting, messageId: string): Promise<string | undefined> {
  const [message] = await messageRows(exporting, messageId)
  return message && String(message.body ?? '')
}

/** In a person's export every author is they themselves or Loom: messages of others are not among its rows. */
async function authorOf(exporting: Exporting, { author, identityId }: Row): Promise<string> {
  if (author === 'loom') return 'Loom'
  if (exporting.about.form === 'person') return 'You'
  for await (const person of exportRows(exporting, 'identities', { column: 'id', id: String(identityId) })) {
    return lineOf(person.name) || 'somebody'
  }
  return 'somebody'
}
