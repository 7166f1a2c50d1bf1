import type { Card, CardRow, Receipt } from '../../core/chat.ts'
import { formatDuration, formatUsd, plural } from '../../core/format.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { platformNames, taskHasEnded } from '../../core/words.ts'
import { type JobDetails, loadDetails } from '../../storage/jobs/details.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { cardParts, cardTitle, rowCost, rowSign, rowTitle } from '../words/card-words.ts'
import { findForReading } from './decide.ts'
import { type Acting, contextOf, type Desk, noSuchJob } from './desk.ts'

/** A piece of what can be told of a job: a heading and its lines. */
export interface Part {
  title: string
  lines: readonly string[]
}

/** An agent of a job that runs: what can be done about it, by those who may. */
export interface AgentLine {
  taskId: string
  line: string
  may: readonly ('rerun' | 'drop')[]
}

/** Everything about a job that needs no words of its content but titles: anybody in its thread may read it. */
export async function detailsOf(
  desk: Desk,
  acting: Acting,
  input: { jobId: string },
): Promise<{ title: string; parts: readonly Part[]; agents: readonly AgentLine[] }> {
  const { jobId, threads } = await findForReading(desk, acting, input.jobId)
  const context = contextOf(acting)
  const [view, details] = await Promise.all([
    viewJob(desk.store, context, { jobId }),
    loadDetails(desk.store, context, { jobId }),
  ])
  if (!view || !details) throw noSuchJob()
  const { card } = view
  const parts = [
    { title: 'Now', lines: [cardParts(card).join(' · '), lasting(card, desk.store.now())] },
    { title: agentsTitle, lines: card.rows.map(agentLine) },
    { title: 'Models', lines: details.models.map(modelLine) },
    { title: 'What is kept', lines: keptLines(details) },
    { title: 'Shown in', lines: shownLines(threads) },
  ]
  const agents = card.endedAtMs === undefined ? card.rows.map(agentOf) : []
  return { title: cardTitle(card), parts: parts.filter(({ lines }) => lines.length > 0), agents }
}

export const agentsTitle = 'Agents'

function lasting({ endedAtMs, startedAtMs }: Card, nowMs: number): string {
  const time = formatDuration((endedAtMs ?? nowMs) - startedAtMs)
  return endedAtMs === undefined ? `For ${time} now` : `Took ${time}`
}

function agentLine(row: CardRow): string {
  const steps = row.step > 0 ? [plural(row.step, 'step')] : []
  const cost = rowCost(row)
  return [`${rowSign(row.state)} ${rowTitle(row)}`, ...steps, ...(cost === '' ? [] : [cost])].join(' · ')
}

function agentOf(row: CardRow): AgentLine {
  const begun = row.state !== 'waiting' && row.state !== 'ready'
  const ended = taskHasEnded(row.state)
  return {
    taskId: row.key,
    line: agentLine(row),
    may: [...(begun ? (['rerun'] as const) : []), ...(ended ? [] : (['drop'] as const))],
  }
}

function modelLine(line: Receipt['models'][number]): string {
  const input = line.inputTokens + line.cacheReadTokens + line.cacheWriteTokens
  const share = input > 0 ? `, ${Math.floor((line.cacheReadTokens / input) * 100)} % from cache` : ''
  return [
    `${line.provider}/${line.model}`,
    plural(line.steps, 'step'),
    `${input.toLocaleString('en-US')} tokens in${share}`,
    `${line.outputTokens.toLocaleString('en-US')} out`,
    formatUsd(line.costMicroUsd),
  ].join(' · ')
}

function keptLines({ files, firstExpiresAtMs, starred }: JobDetails): string[] {
  if (files === 0) return ['No files were written so far.']
  const going = files - starred
  return [
    ...(starred > 0 ? [`${plural(starred, 'file')} with a star: kept until it is taken away.`] : []),
    ...(going > 0 && firstExpiresAtMs !== undefined
      ? [`${plural(going, 'file')}: kept until ${dayOf(firstExpiresAtMs)}, unless somebody stars them.`]
      : []),
  ]
}

/** Who reads along: of interest once it is more than the thread in which it was asked. */
function shownLines(threads: readonly ThreadId[]): string[] {
  if (threads.length < 2) return []
  const byPlatform = Map.groupBy(threads, (thread) => parseThreadId(thread).platform)
  return [...byPlatform].map(([platform, of]) => `${platformNames[platform]}: ${plural(of.length, 'thread')}`)
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
