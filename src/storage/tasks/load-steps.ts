import type { Sealer } from '../../core/ports.ts'
import type { Said } from '../briefs/said.ts'
import type { Tx } from '../database.ts'
import type { LoadedTask, StepRecord } from './loaded.ts'

type AnyStep = StepRecord & { id: string; state: 'replied' | 'committed' }
type StoredStep = Omit<AnyStep, 'heard'> & { heardIds: readonly string[] }

/** The steps that are whole, and the one after them of which only the reply is kept. */
export function splitSteps(all: readonly AnyStep[]): Pick<LoadedTask, 'steps' | 'replied'> {
  const replied = all.find(({ state }) => state === 'replied')
  return {
    steps: all
      .filter(({ state }) => state === 'committed')
      .map(({ id: _id, state: _state, ...step }) => step),
    replied: replied && {
      id: replied.id,
      ordinal: replied.ordinal,
      heard: replied.heard,
      reply: replied.reply,
    },
  }
}

export function withHeard(steps: readonly StoredStep[], said: readonly Said[]): AnyStep[] {
  return steps.map(({ heardIds, ...step }) => ({
    ...step,
    heard: said.filter(({ messageId }) => heardIds.includes(messageId)),
  }))
}

/** The steps of the tries that count, in their order. */
export async function loadSteps(
  { tx, sealer }: { tx: Tx; sealer: Sealer },
  taskIds: readonly string[],
): Promise<Map<string, StoredStep[]>> {
  const rows = await tx.sql<
    {
      id: string
      task_id: string
      ordinal: number
      state: 'replied' | 'committed'
      reply_sealed: Uint8Array
      results_sealed: Uint8Array | null
      stands_for_before: number | null
      summary_sealed: Uint8Array | null
      heard: string[]
    }[]
  >`
    select s.id, s.task_id, s.ordinal, s.state, s.reply_sealed, s.results_sealed, s.stands_for_before, s.summary_sealed,
           array(select message_id::text from loom.step_messages h where h.step_id = s.id) as heard
    from loom.steps s join loom.tasks t on t.id = s.task_id and s.ordinal >= t.first_step
    where s.task_id = any(${taskIds as string[]}::uuid[]) order by s.ordinal`
  const found = rows.map((row) => ({
    taskId: row.task_id,
    step: {
      id: row.id,
      state: row.state,
      ordinal: row.ordinal,
      heardIds: row.heard,
      reply: JSON.parse(sealer.openText(`steps.reply:${row.id}`, row.reply_sealed)),
      results: row.results_sealed
        ? JSON.parse(sealer.openText(`steps.results:${row.id}`, row.results_sealed))
        : [],
      ...summaryOf(sealer, row),
    },
  }))
  const groups = Map.groupBy(found, (item) => item.taskId)
  return new Map([...groups].map(([taskId, items]) => [taskId, items.map((item) => item.step)]))
}

function summaryOf(
  sealer: Sealer,
  row: {
    task_id: string
    ordinal: number
    stands_for_before: number | null
    summary_sealed: Uint8Array | null
  },
): Pick<StepRecord, 'summary'> {
  if (row.stands_for_before === null) return {}
  const text = row.summary_sealed
    ? sealer.openText(`steps.summary:${row.task_id}:${row.ordinal}`, row.summary_sealed)
    : ''
  return { summary: { standsForBefore: row.stands_for_before, text } }
}
