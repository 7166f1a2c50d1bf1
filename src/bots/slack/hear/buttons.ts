import type { App } from '@slack/bolt'
import { outdated, pressVerb } from '../../desk/press.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { inTime } from '../../in-time.ts'
import type { Hearing } from './deps.ts'
import { isHome, republishHome } from './home.ts'
import { openFromPress, opens, showDetailsAgain } from './open.ts'
import { type Press, pressOf } from './press.ts'
import { tell } from './reply.ts'
import { showStar } from './show-star.ts'
import { actingOf, type Client, clientOf, type SlackActing } from './who.ts'

type Show = (deps: Hearing, to: { client: Client; press: Press }) => Promise<boolean>

/** What is shown in the very message; answers whether that could be done. */
const shows: ReadonlyMap<string, Show> = new Map([
  ['star', (deps, to) => showStar(deps, { ...to, starred: true })],
  ['unstar', (deps, to) => showStar(deps, { ...to, starred: false })],
])

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
    const verb = pressVerb(press.name)
    if (!verb || !press.value) throw outdated()
    const reply = await verb.run(deps, acting, press.value)
    const seen = verb.seen || (await shows.get(press.name)?.(deps, { client: who.client, press }))
    if (!(reply.changed && seen) || press.view !== undefined) await tellPresser(reply.text)
  } catch (thrown) {
    const sentence = sentenceOf(deps, thrown, { press: pressVerb(press.name) ? press.name : 'unknown' })
    await tellPresser(sentence).catch(() => say(sentence))
  }
}
