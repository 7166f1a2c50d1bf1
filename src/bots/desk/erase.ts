import { plural } from '../../core/format.ts'
import { type Forgettable, forgetPerson, weighForgetting } from '../../storage/erasure/forget-person.ts'
import { heedPerson, ignorePerson } from '../../storage/identities/ignore.ts'
import { type Acting, contextOf, type Desk, done, type Reply } from './desk.ts'

/** What forgetting a person would take, in words: they are asked once, since nothing brings it back. */
export async function weighForgettingMe(desk: Desk, acting: Acting): Promise<Reply> {
  const { identityId } = acting.account
  return done(forgettingWords(await weighForgetting(desk.store, contextOf(acting), { identityId })))
}

/** Has everything forgotten that a person wrote here. Anybody, of themselves alone. */
export async function forgetMe(desk: Desk, acting: Acting): Promise<Reply> {
  const { identityId } = acting.account
  await forgetPerson(desk.store, contextOf(acting), { identityId })
  return done(
    'Loom forgets what you wrote: it is done within a day, and holds in copies that are restored later. What was posted here stays until somebody deletes it.',
  )
}

/** From now on nothing that the person says is taken. */
export async function ignoreMe(desk: Desk, acting: Acting): Promise<Reply> {
  const { identityId } = acting.account
  await ignorePerson(desk.store, contextOf(acting), { identityId })
  return done(
    'From now on Loom keeps nothing of what you say, and cannot work for you. What it took before stays until you have it forgotten.',
  )
}

/** The person is heard again. */
export async function heedMe(desk: Desk, acting: Acting): Promise<Reply> {
  const { identityId } = acting.account
  await heedPerson(desk.store, contextOf(acting), { identityId })
  return done('Loom hears you again, from now on.')
}

function forgettingWords({ briefs, files, messages, running, schedules }: Forgettable): string {
  if (messages + briefs + schedules === 0)
    return 'Loom keeps nothing of what you wrote. You can have that noted all the same.'
  const others = [
    ...(briefs > 0 ? [`${plural(briefs, 'brief')} that took them in, with transcripts and answers`] : []),
    ...(files > 0 ? [`${plural(files, 'file')}, those with a star too`] : []),
    ...(schedules > 0 ? [plural(schedules, 'brief that recurs', 'briefs that recur')] : []),
  ]
  return [
    `Loom would forget ${plural(messages, 'message')} of yours${others.length > 0 ? `, ${others.join(', ')}` : ''}.`,
    ...(running > 0 ? [`${plural(running, 'job')} at work now would be stopped.`] : []),
    'Nothing brings that back.',
  ].join(' ')
}
