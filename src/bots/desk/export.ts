import { LoomError } from '../../core/errors.ts'
import type { ExportForm } from '../../core/exports.ts'
import { askForExport } from '../../storage/exports/ask.ts'
import { isOwner } from '../../storage/identities/is-owner.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'
import type { Confirming } from './forget-me.ts'

/**
 * `export` asks for a copy of what is this person's own, which anybody may; `export all` of the whole account, which its
 * owners may. One a day of each: asked again it says how far that one is, with its link once it is there. Throws `forbidden`.
 */
export async function exportMine(desk: Desk, acting: Acting, { command, word }: Confirming): Promise<Reply> {
  const isAll = word?.toLowerCase() === 'all'
  if (word !== undefined && !isAll) {
    return told(`Say ${command} export for what is yours, or, as an owner, ${command} export all.`)
  }
  if (isAll) await mustOwn(desk, acting)
  const form: ExportForm = isAll ? 'tenant' : 'person'
  const { channel, thread } = acting
  const asked = await askForExport(desk.store, contextOf(acting), { form, address: thread ?? channel })
  if (!asked) throw new LoomError({ kind: 'not_found', message: 'Loom does not know you here.' })
  const again = `${command} export${isAll ? ' all' : ''}`
  if (asked.kind === 'made') return ready(desk, acting, asked)
  const how = asked.told
    ? `You are told here when it is ready; nobody else is. ${again} says it as well.`
    : `Say ${again} again in a minute: the link is given to you alone.`
  if (!asked.anew) return told(`Your export is being made. ${how}`)
  const what = isAll ? 'everything that Loom keeps of this account' : 'what Loom keeps of you'
  return done(`Loom is packing ${what} into one ZIP. ${how}`)
}

/** A platform may have made an owner something else a moment ago. */
async function mustOwn(desk: Desk, acting: Acting): Promise<void> {
  await settleStanding(desk, acting, { anew: true })
  if (await isOwner(desk.store, contextOf(acting))) return
  throw new LoomError({ kind: 'forbidden', message: 'Only an owner of this account can export all of it.' })
}

function ready(desk: Desk, acting: Acting, input: { exportId: string }): Reply {
  const { tenantId } = acting.account
  const href = desk.exportLinks?.sign({ tenantId, artifactId: input.exportId })
  if (href === undefined) return told('Your export of today is ready, and no link can be made to it here.')
  return {
    text: `Your export is ready: ${href}\nIt is deleted a day after it was made. Whoever has the link can open it until then.`,
    changed: false,
    link: { href, words: 'Get your export' },
  }
}
