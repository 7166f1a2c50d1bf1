import { erasureTimes } from '../../core/erasure-times.ts'
import { LoomError } from '../../core/errors.ts'
import {
  loadDeletion,
  removesPosts,
  requestDeletion,
  undoDeletion,
} from '../../storage/erasure/delete-tenant.ts'
import { isOwner } from '../../storage/identities/is-owner.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'
import { type Confirming, isYes, isYesWithPosts } from './forget-me.ts'

const hourMs = 60 * 60_000

/**
 * `delete-account` says what would happen, `delete-account yes` fences the account at once, `yes posts` has what Loom posted
 * removed before it goes, `delete-account undo` takes it back while there is time. The account's owners alone. Throws `forbidden`.
 */
export async function deleteAccount(desk: Desk, acting: Acting, input: Confirming): Promise<Reply> {
  const { command, word } = input
  const context = contextOf(acting)
  await settleStanding(desk, acting, { anew: true })
  if (!(await isOwner(desk.store, context))) {
    throw new LoomError({ kind: 'forbidden', message: 'Only an owner of this account can delete it.' })
  }
  const { store } = desk
  const isWithPosts = isYesWithPosts(word)
  if (isYes(word) || isWithPosts) {
    const { dueAtMs, removesPosts } = await requestDeletion(store, context, {
      reason: 'request',
      undoMs: erasureTimes.undoMs,
      removePosts: isWithPosts,
    })
    return done(
      [
        'This account is closed now: what ran was ended for good, nothing new is taken, and links to files no longer open.',
        goesWords({ dueAtMs, removesPosts }, store.now()),
        `Until then you can take it back: ${command} delete-account undo`,
      ].join('\n'),
    )
  }
  if (word?.toLowerCase() === 'undo') {
    return (await undoDeletion(store, context))
      ? done(
          'The account is open again. What ran was ended and does not go on by itself. Its threads are told: ask there again, and Loom begins with what was finished.',
        )
      : told('Nobody has asked to delete this account.')
  }
  const open = await loadDeletion(store, context)
  if (open && !open.undone) {
    const goes = goesWords({ ...open, removesPosts: removesPosts(open) }, store.now())
    return told(
      [
        `This account is being deleted. ${goes}`,
        ...(removesPosts(open)
          ? []
          : [`To have what Loom posted removed before: ${command} delete-account yes posts`]),
        `To take it back: ${command} delete-account undo`,
      ].join('\n'),
    )
  }
  return told(
    [
      'This would delete the whole account: every brief, transcript, file and setting, for everybody in it, starred files included.',
      `It is closed at once, can be undone for ${erasureTimes.undoMs / hourMs} hours, and is gone from Loom within another ${erasureTimes.eraseMs / hourMs}. Its keys are destroyed, so that no backup can be read.`,
      'What ran is ended at once, and an undo does not bring it back: it has to be asked for again.',
      `To do it: ${command} delete-account yes`,
      'What Loom has posted into chats stays there then, until somebody deletes it.',
      `To have it removed too: ${command} delete-account yes posts`,
      `That takes away what Loom posted in the last 90 days, with its files, as far as it may still do so. It begins when the time to undo is over, and what cannot be removed within ${erasureTimes.removeMs / hourMs} hours stays.`,
    ].join('\n'),
  )
}

function goesWords(
  { dueAtMs, removesPosts }: { dueAtMs: number | undefined; removesPosts: boolean },
  nowMs: number,
): string {
  const left = Math.max(0, (dueAtMs ?? nowMs) - nowMs)
  const inWords =
    left === 0 ? 'now' : left < hourMs ? 'within the hour' : `in ${Math.round(left / hourMs)} hours`
  if (removesPosts)
    return `What Loom posted is removed ${inWords}, which may take ${erasureTimes.removeMs / hourMs} hours; then its keys are destroyed, and all else is gone within ${erasureTimes.eraseMs / hourMs} hours of that.`
  return `Its keys are destroyed ${inWords}, and all else is gone within ${erasureTimes.eraseMs / hourMs} hours of that.`
}
