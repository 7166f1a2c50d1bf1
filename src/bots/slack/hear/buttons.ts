import type { App } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { drop, rerun } from '../../desk/agents.ts'
import { answer } from '../../desk/answer.ts'
import { press as pressApproval } from '../../desk/approve.ts'
import type { Desk, Reply } from '../../desk/desk.ts'
import { feedback } from '../../desk/feedback.ts'
import { finish } from '../../desk/finish.ts'
import { star, unstar } from '../../desk/star.ts'
import { stop } from '../../desk/stop.ts'
import type { Hearing } from './deps.ts'
import { isHome, republishHome } from './home.ts'
import { inTime } from './in-time.ts'
import { openFromPress, opens, showDetailsAgain } from './open.ts'
import { type Press, pressOf } from './press.ts'
import { sentenceOf, tell } from './reply.ts'
import { showStar } from './show-star.ts'
import { actingOf, type Client, clientOf, type SlackActing } from './who.ts'

type Value = NonNullable<Press['value']>
type Verb = (desk: Desk, acting: SlackActing, value: Value) => Promise<Reply>

interface Effect {
  run: Verb
  /** The card, the question or the approval shows it by itself, so that nobody is told. */
  seen: boolean
  /** Shows it in the very message; answers whether that could be done. */
  show?: (deps: Hearing, to: { client: Client; press: Press }) => Promise<boolean>
}

const verbs: ReadonlyMap<string, Effect> = new Map(
  Object.entries<Effect>({
    stop: { seen: true, run: (desk, acting, { j }) => stop(desk, acting, { jobId: j }) },
    finish: { seen: true, run: (desk, acting, { j }) => finish(desk, acting, { jobId: j }) },
    approve: { seen: true, run: (desk, acting, value) => pressed(desk, acting, value, 'approved') },
    deny: { seen: true, run: (desk, acting, value) => pressed(desk, acting, value, 'denied') },
    rerun: { seen: true, run: (desk, acting, value) => rerun(desk, acting, agentOf(value)) },
    drop: { seen: true, run: (desk, acting, value) => drop(desk, acting, agentOf(value)) },
    star: {
      seen: false,
      show: (deps, to) => showStar(deps, { ...to, starred: true }),
      run: (desk, acting, value) => star(desk, acting, fileOf(value)),
    },
    unstar: {
      seen: false,
      show: (deps, to) => showStar(deps, { ...to, starred: false }),
      run: (desk, acting, value) => unstar(desk, acting, fileOf(value)),
    },
    helpful: { seen: false, run: (desk, acting, { j }) => feedback(desk, acting, { jobId: j, value: 1 }) },
    unhelpful: { seen: false, run: (desk, acting, { j }) => feedback(desk, acting, { jobId: j, value: -1 }) },
  }),
)

/**
 * Takes presses: one that opens a form is acknowledged at once, every other when its effect is durable. What it led to
 * is told to who pressed alone, and only where the thread does not show it.
 */
export function hearButtons(app: App, deps: Hearing): void {
  app.action(/^loom:/, async ({ ack, body, context, respond }) => {
    const press = pressOf(body)
    // A button that leads to an address has done its work.
    if (press.name === 'open') return ack()
    const client = await clientOf(deps, context)
    const place = { channel: press.channel, threadTs: press.threadTs }
    const who = { client, context, userId: press.userId, userTeam: press.userTeam, ...place }
    const say = async (text: string) => {
      if (isHome(press)) await republishHome(deps, who, text)
      else await tell(deps, { client, userId: press.userId, respond, ...place }, text)
    }
    if (opens(press)) await ack()
    const work = run(deps, { press, who, say })
    const ended = await inTime(work)
    if (!opens(press)) await ack()
    if (ended === 'late') await work
  })
  // A select or a button of a form that only means something once the form is sent.
  app.action(/^(?!loom:)/, async ({ ack }) => ack())
}

interface Pressing {
  press: Press
  who: Parameters<typeof actingOf>[1]
  say: (text: string) => Promise<void>
}

async function run(deps: Hearing, { press, say, who }: Pressing): Promise<void> {
  let acting: SlackActing | undefined
  // A page lies over the thread: what is said stands in it.
  const tellPresser = async (text: string) => {
    if (acting && press.view?.type === 'modal') {
      await showDetailsAgain(deps, { acting, press, who, word: text })
    } else await say(text)
  }
  try {
    acting = await actingOf(deps, who)
    if (opens(press)) return await openFromPress(deps, { acting, press, who })
    const verb = verbOf(press.name)
    if (!verb || !press.value) throw outdated()
    const reply = await verb.run(deps, acting, press.value)
    const seen = verb.seen || (await verb.show?.(deps, { client: who.client, press }))
    if (!(reply.changed && seen) || press.view !== undefined) await tellPresser(reply.text)
  } catch (thrown) {
    const sentence = sentenceOf(deps, thrown, { press: verbOf(press.name) ? press.name : 'unknown' })
    await tellPresser(sentence).catch(() => say(sentence))
  }
}

function verbOf(name: string): Effect | undefined {
  const choice = /^answer:(\d{1,2})$/.exec(name)?.[1]
  if (choice === undefined) return verbs.get(name)
  return {
    seen: true,
    run: (desk, acting, { j, q }) => {
      if (q === undefined) throw outdated()
      return answer(desk, acting, { jobId: j, questionId: q, said: { choice: Number(choice) } })
    },
  }
}

function pressed(desk: Desk, acting: SlackActing, { a, j }: Value, way: 'approved' | 'denied') {
  if (a === undefined) throw outdated()
  return pressApproval(desk, acting, { jobId: j, approvalId: a, press: way })
}

function agentOf({ j, t }: Value): { jobId: string; taskId: string } {
  if (t === undefined) throw outdated()
  return { jobId: j, taskId: t }
}

function fileOf({ a, j }: Value): { jobId: string; artifactId: string } {
  if (a === undefined) throw outdated()
  return { jobId: j, artifactId: a }
}

function outdated(): LoomError {
  return new LoomError({ kind: 'invalid_input', message: 'That button does nothing any more.' })
}
