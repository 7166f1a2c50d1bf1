import { contentOf } from './api/chat.ts'
import { Refusal } from './api/method.ts'
import { newId, newSecret } from './ids.ts'
import { emitChange, putMessage, removeMessage } from './post.ts'
import { wireMessage } from './wire.ts'
import type { ResponseUrl, World } from './world.ts'

/** An address at which an app may answer what a person did: five times in half an hour. */
export function newResponseUrl(world: World, about: Omit<ResponseUrl, 'id' | 'uses' | 'untilMs'>): string {
  const id = `${about.team.id}/${newId('R')}/${newSecret(12)}`
  world.responseUrls.set(id, { ...about, id, uses: 0, untilMs: world.clock.now() + 30 * 60_000 })
  return `${world.origin}/response/${id}`
}

/** What an app sent to a `response_url`. Answers Slack's status and body. */
export function respond(
  world: World,
  id: string,
  given: Record<string, unknown>,
): { status: number; body: unknown } {
  const at = world.responseUrls.get(id)
  if (!at) return { status: 404, body: { ok: false, error: 'no_such_url' } }
  if (world.clock.now() > at.untilMs || at.uses >= 5) {
    return { status: 404, body: { ok: false, error: 'used_url' } }
  }
  at.uses += 1
  try {
    answer(world, at, given)
    return { status: 200, body: 'ok' }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: 400, body: { ok: false, error: error.message, ...error.fields } }
  }
}

const fields = [
  'text',
  'blocks',
  'attachments',
  'response_type',
  'replace_original',
  'delete_original',
  'thread_ts',
  'mrkdwn',
  'metadata',
  'unfurl_links',
  'unfurl_media',
]

function answer(world: World, at: ResponseUrl, given: Record<string, unknown>): void {
  const strange = Object.keys(given).filter((name) => !fields.includes(name))
  if (strange.length > 0) throw new Refusal('invalid_payload', { errors: strange })
  const { channel, install, messageTs, team, userId } = at
  const place = { team, channel }
  const original =
    channel.messages.find((each) => each.ts === messageTs) ??
    team.ephemerals.find((each) => each.ts === messageTs && each.onlyFor === userId)
  if (given.delete_original && original) {
    if (original.onlyFor) team.ephemerals.splice(team.ephemerals.indexOf(original), 1)
    else removeMessage(world, place, original)
    return
  }
  const content = contentOf({ ...given, text: given.text as string | undefined })
  if (given.replace_original && original) {
    const before = wireMessage(world, place, original)
    Object.assign(original, content)
    if (!original.onlyFor) emitChange(world, place, { message: original, before })
    return
  }
  const threadTs = (given.thread_ts as string | undefined) ?? at.threadTs
  putMessage(world, place, {
    userId: install.botUserId,
    botId: install.botId,
    appId: install.appId,
    ...content,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(given.response_type === 'in_channel' ? {} : { onlyFor: userId }),
    unfurls: { links: given.unfurl_links === true, media: given.unfurl_media !== false },
  })
}
