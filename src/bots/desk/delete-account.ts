import { erasureTimes } from '../../core/erasure-times.ts'
import { LoomError } from '../../core/errors.ts'
import { loadDeletion, requestDeletion, undoDeletion } from '../../storage/erasure/delete-tenant.ts'
import { isOwner } from '../../storage/identities/is-owner.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'
import { type Confirming, isYes } from './forget-me.ts'

const hourMs = 60 * 60_000

/**
 * `delete-account` says what would happen, `delete-account yes` fences the account at once, `delete-account undo` takes it
 * back while there is time. The account's owners alone. Throws `forbidden`.
 */
export async function deleteAccount(desk: Desk, acting: Acting, input: Confirming): Promise<Reply> {
  const { command, word } = input
  const context = contextOf(acting)
  await settleStanding(desk, acting, { anew: true })
  if (!(await isOwner(desk.store, context))) {
    throw new LoomError({ kind: 'forbidden', message: 'Only an owner of this account can delete it.' })
  }
  const { store } = desk
  if (isYes(word)) {
    const { dueAtMs } = await requestDeletion(store, context, {
      reason: 'request',
      undoMs: erasureTimes.undoMs,
    })
    return done(
      [
        `This account is closed now: what ran is stopped, nothing new is taken, and links to files no longer open. ${goesWords(dueAtMs, store.now())}`,
        `Until then you can take it back: ${command} delete-account undo`,
      ].join('\n'),
    )
  }
  if (word?.toLowerCase() === 'undo') {
    return (await undoDeletion(store, context))
      ? done('The account is open again. What was stopped stays stopped; ask for it again.')
      : told('Nobody has asked to delete this account.')
  }
  const open = await loadDeletion(store, context)
  if (open && !open.undone) {
    return told(
      `This account is being deleted. ${goesWords(open.dueAtMs, store.now())}\nTo take it back: ${command} delete-account undo`,
    )
  }
  return told(
    [
      'This would delete the whole account: every brief, transcript, file and setting, for everybody in it, starred files included.',
      `It is closed at once, can be undone for ${erasureTimes.undoMs / hourMs} hours, and is gone from Loom within another ${erasureTimes.eraseMs / hourMs}. Its keys are destroyed, so that no backup can be read. What Loom has posted here stays until somebody deletes it here.`,
      `To do it: ${command} delete-account yes`,
    ].join('\n'),
  )
}

function goesWords(dueAtMs: number | undefined, nowMs: number): string {
  const left = Math.max(0, (dueAtMs ?? nowMs) - nowMs)
  const inWords =
    left === 0 ? 'now' : left < hourMs ? 'within the hour' : `in ${Math.round(left / hourMs)} hours`
  return `Its keys are destroyed ${inWords}, and all else is gone within ${erasureTimes.eraseMs / hourMs} hours of that.`
}
