import { plural } from '../../core/format.ts'
import { dropAgent } from '../../storage/tasks/drop-agent.ts'
import { rerunAgent } from '../../storage/tasks/rerun.ts'
import { findForDeciding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply } from './desk.ts'

interface Choosing {
  jobId: string
  /** The task's id, as it stands in the card's row. */
  taskId: string
}

/** Has one agent begin again, and those that built on its result. Who asked, or an admin. Throws `conflict`. */
export async function rerun(desk: Desk, acting: Acting, input: Choosing): Promise<Reply> {
  const { jobId, taskId: name } = input
  await findForDeciding(desk, acting, jobId)
  const begun = await rerunAgent(desk.store, contextOf(acting), { jobId, name })
  desk.ring('worker')
  return done(rerunWords(begun))
}

/** Leaves one agent out; the others go on without it. Who asked, or an admin. Throws `conflict`. */
export async function drop(desk: Desk, acting: Acting, input: Choosing): Promise<Reply> {
  const { jobId, taskId: name } = input
  await findForDeciding(desk, acting, jobId)
  const title = await dropAgent(desk.store, contextOf(acting), { jobId, name })
  desk.ring('worker')
  return done(dropWords(title))
}

export function rerunWords({ others, title }: { title: string; others: number }): string {
  return others === 0
    ? `${title} begins again.`
    : `${title} begins again, and ${plural(others, 'agent')} that had built on it.`
}

export function dropWords(title: string): string {
  return `${title} is left out; the others go on without it.`
}
