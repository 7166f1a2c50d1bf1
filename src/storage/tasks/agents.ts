import { sameName } from '../../core/addressee.ts'
import type { TaskSpec } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import { type TaskKind, type TaskState, taskHasEnded } from '../../core/words.ts'
import type { Tx } from '../database.ts'
import { positions } from './add-system.ts'

/** A row of a job's card, with the names that a person may call it by. */
export interface Agent {
  taskId: string
  kind: TaskKind
  state: TaskState
  title: string
  names: readonly string[]
}

export function hasEnded({ state }: { state: TaskState }): boolean {
  return taskHasEnded(state)
}

/** The rows that a card shows, in their order: what comes after the planning, and before there is anything that itself. */
export function onCard<T extends { position: number }>(rows: readonly T[]): readonly T[] {
  const agents = rows.filter(({ position }) => position > positions.plan)
  return agents.length > 0 ? agents : rows
}

/** The agents of a job in the order of its card. */
export async function loadAgents(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  input: { jobId: string },
): Promise<readonly Agent[]> {
  const rows = await tx.sql<
    {
      id: string
      kind: TaskKind
      position: number
      state: TaskState
      title_sealed: Uint8Array
      spec_sealed: Uint8Array
    }[]
  >`
    select id, kind, position, state, title_sealed, spec_sealed from loom.tasks where job_id = ${input.jobId} order by position`
  return onCard(rows).map(({ id, kind, spec_sealed: spec, state, title_sealed: sealed }) => {
    const title = sealer.openText(`tasks.title:${id}`, sealed)
    const { key }: TaskSpec = JSON.parse(sealer.openText(`tasks.spec:${id}`, spec))
    return { taskId: id, kind, state, title, names: [key, title, id] }
  })
}

/** The one agent of a job by its key, its title or its row on the card. Throws `not_found` and says which there are. */
export function agentCalled(agents: readonly Agent[], name: string): Agent {
  const row = /^\d+$/.test(name.trim()) ? agents[Number(name) - 1] : undefined
  const named = agents.filter(({ names }) => names.some((own) => sameName(own) === sameName(name)))
  const [found, second] = named.length > 0 ? named : row ? [row] : []
  if (found && !second) return found
  const list = agents.map(({ title }, at) => `${at + 1} ${title}`).join(', ')
  throw new LoomError({
    kind: 'not_found',
    message: `${found ? 'Two agents go by that name' : 'No agent goes by that name'}. Name one by its row: ${list}.`,
  })
}
