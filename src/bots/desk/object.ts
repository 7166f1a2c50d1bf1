import { LoomError } from '../../core/errors.ts'
import { type Objection, type ObjectionSubject, objectionSubjects } from '../../core/objections.ts'
import { isOwner } from '../../storage/identities/is-owner.ts'
import { changeObjection } from '../../storage/objections/change.ts'
import { loadObjections } from '../../storage/objections/load.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'

export interface Objecting {
  /** The command itself, as in `/loom`. */
  command: string
  verb: 'object' | 'allow'
  /** What was said behind it. */
  words: readonly string[]
}

/** Whether words behind `object` or `allow` are meant for the desk; otherwise they are for agents. */
export function isObjection(words: readonly string[]): boolean {
  const [, second, ...more] = words
  return more.length === 0 && (second === undefined || second.toLowerCase() === 'all')
}

/**
 * `object` says what this person and the account object to; `object feedback` and `object memory` are for the person alone,
 * with `all` for the whole account, which its owners may. `allow` takes it back. Throws `forbidden`.
 */
export async function object(desk: Desk, acting: Acting, input: Objecting): Promise<Reply> {
  const { command, verb, words } = input
  const [first, second] = words
  const what = objectionSubjects.find((subject) => subject === first?.toLowerCase())
  if (!what) return told((await stateWords(desk, acting, command)).join('\n'))
  const isAll = second !== undefined
  if (isAll) await mustOwn(desk, acting)
  const off = verb === 'object'
  const identityId = isAll ? undefined : acting.account.identityId
  const changed = await changeObjection(desk.store, contextOf(acting), { what, off, identityId })
  const text = `${effectWords[what][off ? 'off' : 'on'](isAll)} To change that: ${command} ${off ? 'allow' : 'object'} ${what}${isAll ? ' all' : ''}`
  return changed ? done(text) : told(text)
}

type Effect = (isAll: boolean) => string

const effectWords: Readonly<Record<ObjectionSubject, { off: Effect; on: Effect }>> = {
  feedback: {
    off: (isAll) =>
      isAll
        ? 'Nobody’s thumbs are kept in this account from now on, and those that were are deleted.'
        : 'Your thumbs are not kept from now on, and those that you gave are deleted.',
    on: (isAll) => (isAll ? 'Thumbs are kept in this account again.' : 'Your thumbs are kept again.'),
  },
  memory: {
    off: (isAll) =>
      `Nothing ${isAll ? 'in this account' : 'of you'} will be remembered from one brief to the next. Loom remembers nothing yet; this holds when it can.`,
    on: (isAll) =>
      `Loom may remember things ${isAll ? 'in this account' : 'of you'} once it can. It cannot yet.`,
  },
}

async function stateWords(desk: Desk, acting: Acting, command: string): Promise<string[]> {
  const { identityId } = acting.account
  const now = await loadObjections(desk.store, contextOf(acting), { identityId })
  return [
    `Thumbs below answers: ${stateOf(now.feedback, 'are kept')}`,
    `Memory from one brief to the next: ${stateOf(now.memory, 'allowed; Loom remembers nothing yet')}`,
    `To object: ${command} object feedback, or ${command} object memory. To take it back: ${command} allow feedback. Owners, for the whole account: ${command} object feedback all`,
    `To have nothing taken of what you say: ${command} ignore-me. To have what you wrote forgotten: ${command} forget-me`,
  ]
}

function stateOf({ account, person }: Objection, otherwise: string): string {
  if (account) return 'off, for the whole account'
  return person ? 'off, for you' : otherwise
}

/** A platform may have made an owner something else a moment ago. */
async function mustOwn(desk: Desk, acting: Acting): Promise<void> {
  await settleStanding(desk, acting, { anew: true })
  if (await isOwner(desk.store, contextOf(acting))) return
  throw new LoomError({
    kind: 'forbidden',
    message: 'Only an owner of this account can decide that for everybody in it.',
  })
}
