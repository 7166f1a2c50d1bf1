import { LoomError } from '../../core/errors.ts'
import { drop, rerun } from './agents.ts'
import { answer } from './answer.ts'
import { press as pressApproval } from './approve.ts'
import type { Acting, Desk, Reply } from './desk.ts'
import { feedback } from './feedback.ts'
import { finish } from './finish.ts'
import { star, unstar } from './star.ts'
import { stop } from './stop.ts'

/** What a button is about: ids that came back from a client, to be looked up and nothing more. */
export interface PressValue {
  /** The job. */
  j: string
  q?: string | undefined
  /** An approval or an artifact. */
  a?: string | undefined
  /** A task. */
  t?: string | undefined
}

export interface PressVerb {
  /** The card, the question or the approval shows what came of it by itself, so that nobody is told. */
  seen: boolean
  run: (desk: Desk, acting: Acting, value: PressValue) => Promise<Reply>
}

/** What a button of this name does on any platform; `undefined` for one that does nothing, or opens something. */
export function pressVerb(name: string): PressVerb | undefined {
  const choice = /^answer:(\d{1,2})$/.exec(name)?.[1]
  return choice === undefined ? verbs.get(name) : answering(Number(choice))
}

export function outdated(): LoomError {
  return new LoomError({ kind: 'invalid_input', message: 'That button does nothing any more.' })
}

const verbs: ReadonlyMap<string, PressVerb> = new Map(
  Object.entries<PressVerb>({
    stop: { seen: true, run: (desk, acting, { j }) => stop(desk, acting, { jobId: j }) },
    finish: { seen: true, run: (desk, acting, { j }) => finish(desk, acting, { jobId: j }) },
    approve: { seen: true, run: (desk, acting, value) => decide(desk, acting, value, 'approved') },
    deny: { seen: true, run: (desk, acting, value) => decide(desk, acting, value, 'denied') },
    rerun: { seen: true, run: (desk, acting, value) => rerun(desk, acting, agentOf(value)) },
    drop: { seen: true, run: (desk, acting, value) => drop(desk, acting, agentOf(value)) },
    star: { seen: false, run: (desk, acting, value) => star(desk, acting, fileOf(value)) },
    unstar: { seen: false, run: (desk, acting, value) => unstar(desk, acting, fileOf(value)) },
    helpful: { seen: false, run: (desk, acting, { j }) => feedback(desk, acting, { jobId: j, value: 1 }) },
    unhelpful: { seen: false, run: (desk, acting, { j }) => feedback(desk, acting, { jobId: j, value: -1 }) },
  }),
)

function answering(choice: number): PressVerb {
  return {
    seen: true,
    run: (desk, acting, { j, q }) => {
      if (q === undefined) throw outdated()
      return answer(desk, acting, { jobId: j, questionId: q, said: { choice } })
    },
  }
}

function decide(desk: Desk, acting: Acting, { a, j }: PressValue, way: 'approved' | 'denied') {
  if (a === undefined) throw outdated()
  return pressApproval(desk, acting, { jobId: j, approvalId: a, press: way })
}

function agentOf({ j, t }: PressValue): { jobId: string; taskId: string } {
  if (t === undefined) throw outdated()
  return { jobId: j, taskId: t }
}

function fileOf({ a, j }: PressValue): { jobId: string; artifactId: string } {
  if (a === undefined) throw outdated()
  return { jobId: j, artifactId: a }
}
