import { erasureTimes } from '../../core/erasure-times.ts'
import { plural } from '../../core/format.ts'
import { type Forgettable, forgetPerson, weighForgetting } from '../../storage/erasure/forget-person.ts'
import { loadTombstone } from '../../storage/erasure/tombstones.ts'
import { heedPerson, ignorePerson } from '../../storage/identities/ignore.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'

/** A command that is said once to hear what it would do, and with one more word to do it. */
export interface Confirming {
  /** The command itself, as in `/loom`. */
  command: string
  word: string | undefined
}

const hours = erasureTimes.eraseMs / (60 * 60_000)

/**
 * `forget-me` says what would go, `forget-me yes` has it go, `yes posts` from the chats too, as far as it was posted for briefs
 * of their own. Anybody may, with an account or without; it is about this
 * person alone. It goes in the background; asked again meanwhile it says how far that is.
 */
export async function forgetMe(desk: Desk, acting: Acting, { command, word }: Confirming): Promise<Reply> {
  const { identityId } = acting.account
  const context = contextOf(acting)
  const isWithPosts = isYesWithPosts(word)
  if (isYes(word) || isWithPosts) {
    await forgetPerson(desk.store, context, { identityId, removePosts: isWithPosts })
    return done(
      `What you wrote here until now is being forgotten: it can no longer be read by anybody, and within ${hours} hours it is gone from Loom’s database and files. Backups and dumps lose it within 30 days, and one that is restored before forgets it again. ${isWithPosts ? goesWords : staysWords}`,
    )
  }
  const found = await weighForgetting(desk.store, context, { identityId })
  const open = await loadTombstone(desk.store, context, { kind: 'identity', subjectId: identityId })
  if (open && open.purgedAtMs === undefined) {
    return told(`You asked for this already. It is under way, and done within ${hours} hours of your asking.`)
  }
  const list = forgettableWords(found)
  if (list === '') return told('Loom keeps nothing that you wrote here.')
  return told(
    [
      `This would delete ${list}. Briefs of others that took your words go too, with what was made of them, starred files included.`,
      `It cannot be undone. ${staysWords}`,
      `To do it: ${command} forget-me yes`,
      `To have what Loom posted for your own briefs removed here too, as far as it may: ${command} forget-me yes posts`,
      `To have nothing taken from now on: ${command} ignore-me`,
    ].join('\n'),
  )
}

const staysWords =
  'What Loom has posted into threads, and your own messages there, stay where they are until somebody deletes them there.'

const goesWords =
  'What Loom has posted for your own briefs, with its files, is removed from the threads as far as Loom may; your own messages there, and what it posted for others, stay until somebody deletes them.'

function forgettableWords({ briefs, files, messages, running, schedules }: Forgettable): string {
  const parts = [
    ...(messages > 0 ? [plural(messages, 'message')] : []),
    ...(briefs > 0
      ? [
          `${plural(briefs, 'brief')} with their transcripts${running > 0 ? ` (${running} running now, to be stopped)` : ''}`,
        ]
      : []),
    ...(files > 0 ? [plural(files, 'file')] : []),
    ...(schedules > 0 ? [plural(schedules, 'recurring brief')] : []),
  ]
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? '')
}

/** From now on nothing of this person is taken; said once it is done, since it can be undone. */
export async function ignoreMe(desk: Desk, acting: Acting, { command, word }: Confirming): Promise<Reply> {
  if (word !== undefined && !isYes(word)) return told(`Say it without more words: ${command} ignore-me`)
  await ignorePerson(desk.store, contextOf(acting), acting.account)
  return done(
    [
      'Loom takes nothing more of what you say: no message, no file, no name. It cannot work for you until you say otherwise.',
      `What it has already stays until it expires; to have that forgotten too: ${command} forget-me`,
      `To be heard again: ${command} hear-me`,
    ].join('\n'),
  )
}

export async function hearMe(desk: Desk, acting: Acting, { command, word }: Confirming): Promise<Reply> {
  if (word !== undefined && !isYes(word)) return told(`Say it without more words: ${command} hear-me`)
  await heedPerson(desk.store, contextOf(acting), acting.account)
  return done('Loom hears you again, from now on.')
}

export function isYesWithPosts(word: string | undefined): boolean {
  return word?.toLowerCase() === 'yes posts'
}

export function isYes(word: string | undefined): boolean {
  return word?.toLowerCase() === 'yes'
}
