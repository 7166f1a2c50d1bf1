import { vi } from 'vitest'
import type { Room } from '../fakes/slack/people/room.ts'
import type { Shown } from '../fakes/slack/read.ts'
import { type SlackOptions, startSlack } from '../fakes/slack/server.ts'
import { openPlace, type PlaceInput } from './place.ts'

/** All of Loom's roles in this process, beside a Slack in which it is not installed yet. */
export async function openSlackPlace(input: PlaceInput & { slack?: SlackOptions }) {
  await using stack = new AsyncDisposableStack()
  const slack = await startSlack(input.slack)
  stack.defer(() => slack.close())
  const { bed, publicUrl, ...place } = await openPlace(input, {
    SLACK_SIGNING_SECRET: slack.app.signingSecret,
    SLACK_CLIENT_ID: slack.app.clientId,
    SLACK_CLIENT_SECRET: slack.app.clientSecret,
    SLACK_API_URL: slack.url,
  })
  stack.use(place)
  const at = (path: string) => `${publicUrl}/slack/${path}`
  slack.deliver.to({ events: at('events'), interactivity: at('interactions'), commands: at('commands') })
  const owned = stack.move()
  return { slack, bed, publicUrl, at, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export type SlackPlace = Awaited<ReturnType<typeof openSlackPlace>>

/** An admin follows an install link in a browser, presses Allow, and sees the page that comes back. */
export async function installByHand(
  place: Pick<SlackPlace, 'slack' | 'at'>,
  name = 'Acme',
  link = place.at('install'),
) {
  const team = place.slack.addTeam({ name })
  const ana = team.addUser({ name: 'Ana', isAdmin: true, tz: 'Europe/Berlin' })
  const begun = await fetch(link, { redirect: 'manual' })
  const back = team.approves(begun.headers.get('location') ?? '', ana)
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const done = await fetch(back, { headers: { cookie } })
  const install = team.installed()
  if (!install) throw new Error('the app did not fetch its token')
  return { team, ana, install, page: await done.text(), loom: `<@${install.botUserId}>` }
}

export const isAnswer = (message: Shown) => message.buttons.some(({ label }) => label === 'Helpful')

/** Waits until a message stands in a thread, and gives it as it reads then. */
export async function comes(room: Room, ts: string, like: (message: Shown) => boolean): Promise<Shown> {
  const found = () => room.thread(ts).find((each) => each.who === 'Loom' && like(each))
  await vi
    .waitUntil(() => found() !== undefined, { timeout: 90_000, interval: 20 })
    .catch(() => {
      throw new Error(`it did not come; what stands there:\n${asRead(room.thread(ts))}`)
    })
  const message = found()
  if (!message) throw new Error('it is gone again')
  return message
}

/** A thread as one text, for a look at the whole. */
export function asRead(thread: readonly Shown[]): string {
  return thread
    .map((each) => {
      const files = each.files.map((file) => `(file: ${file.name})`)
      const buttons = each.buttons.map((button) => `[ ${button.label} ]`)
      return [`${each.who}: ${each.text}`, ...files, buttons.join(' ')]
        .filter((line) => line !== '')
        .join('\n')
    })
    .join('\n\n')
}
