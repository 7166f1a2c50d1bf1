import type { Person } from '../fakes/slack/people/person.ts'
import type { Shown } from '../fakes/slack/read.ts'
import { installByHand, openSlackPlace } from './slack-place.ts'
import type { Actor, OpenStage, Seen, StageThread } from './stage.ts'

const cell = (text: string) => ({ type: 'raw_text', text })
const prices = {
  type: 'table',
  rows: [
    [cell('plan'), cell('seats'), cell('price')],
    [cell('Solo'), cell('1'), cell('9')],
    [cell('Team'), cell('10'), cell('49')],
  ],
}

interface SlackThread extends StageThread {
  ts: string
}

/** Slack: files and a table are said in a thread before Loom is mentioned in it. */
export const openSlackStage: OpenStage = async ({ limits, ...input }) => {
  const place = await openSlackPlace({ ...input, ...(limits ? { slack: { limits } } : {}) })
  const { slack } = place
  const { ana, install, loom, page, team } = await installByHand(place)
  const ben = team.addUser({ name: 'Ben' })
  const room = team.addChannel({ name: 'churn', members: [ana, ben, install] })
  const roots = new Set<string>()
  const threads = new Map<StageThread, SlackThread>()
  const ofLoom = (messages: readonly Shown[]) => messages.filter(({ who }) => who === 'Loom')

  const threadAt = (ts: string): StageThread => {
    roots.add(ts)
    const thread = { ts, reads: () => ofLoom(room.thread(ts)).map(seenOf) }
    threads.set(thread, thread)
    return thread
  }
  const tsOf = (thread: StageThread) => {
    const ts = threads.get(thread)?.ts
    if (ts === undefined) throw new Error('no thread of this stage')
    return ts
  }

  const actor = (person: Person): Actor => ({
    name: person.name,
    async asks(text, files = []) {
      const [first, ...more] = files
      if (!first) return threadAt(person.says(room.id, `${loom} ${text}`).ts)
      const root = person.says(room.id, { text: 'Churn in January', files: [first] })
      const threadTs = root.ts
      for (const file of more) ben.says(room.id, { text: 'and this', files: [file], threadTs })
      ben.says(room.id, { blocks: [prices], threadTs })
      await slack.settled()
      // All of that is none of Loom's business until it is called.
      if (ofLoom(room.thread(threadTs)).length > 0) throw new Error('Loom speaks unasked')
      person.says(room.id, { text: `${loom} ${text}`, threadTs })
      return threadAt(threadTs)
    },
    async replies(thread, text, files = []) {
      person.says(room.id, { text, threadTs: tsOf(thread), files: [...files] })
    },
    // The thread was begun for people, so Loom is called again.
    async goesOn(thread, text, files = []) {
      person.says(room.id, { text: `${loom} ${text}`, threadTs: tsOf(thread), files: [...files] })
    },
    async presses(thread, message, label) {
      const shown = room.thread(tsOf(thread)).find(({ ts }) => ts === message.id)
      const button = shown?.buttons.find((each) => each.label === label)
      if (!shown || !button) throw new Error(`there is no ${label} on this message`)
      await person.press(shown, button.actionId)
    },
    commands: async (verb) => void (await person.runs(`/loom ${verb}`, room.id)),
    toldAlone: () => person.ephemerals(room.id).map(({ text }) => text),
  })

  return {
    publicUrl: place.publicUrl,
    bed: place.bed,
    page,
    ana: actor(ana),
    ben: actor(ben),
    elsewhere: () =>
      ofLoom(room.messages())
        .filter(({ threadTs }) => threadTs === undefined || !roots.has(threadTs))
        .map(seenOf),
    settled: () => slack.settled(),
    mishaps: () => [
      ...slack.calls.filter(({ outcome }) => outcome !== 'ok'),
      ...slack.deliver.log.filter(({ acknowledged, statuses }) => !acknowledged || statuses.length > 1),
    ],
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  }
}

function seenOf(shown: Shown): Seen {
  const { edited, files, links, pings, previews, text, ts } = shown
  const buttons = shown.buttons.filter(({ url }) => url === undefined).map(({ label }) => label)
  return { id: ts, text, buttons, files, links: links.map(({ url }) => url), pings, previews, edited }
}
