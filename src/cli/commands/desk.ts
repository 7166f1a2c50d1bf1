import { erasureTimes } from '../../core/erasure-times.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { loadDeletion, requestDeletion, undoDeletion } from '../../storage/erasure/delete-tenant.ts'
import type { Tombstone } from '../../storage/erasure/tombstones.ts'
import { type DeletionReason, deletionReasons } from '../../storage/ledger/entries.ts'
import { accountOf } from '../account-of.ts'
import { wordsOf } from '../read-words.ts'
import { withParts } from '../with-parts.ts'
import { objectByHand } from './desk-object.ts'
import { answering, requestVerbs } from './desk-requests.ts'
import type { SetupCommand } from './setup-command.ts'

/** The operator's desk for wishes that come by mail: delete an account, take that back, say how far it is. */
export const deskCommands: readonly SetupCommand[] = [
  {
    name: 'desk',
    usage: 'desk open|list|show|answer|object|delete|undo|status|replay',
    help: 'requests for rights with their 30 days: note one, list them, answer; object to feedback or memory; delete an account (--reason request|minor, --now, --remove-posts), take that back, see how far it is; follow the ledger of deletions. --account ID or slack:team:T0123',
    async run(say, words) {
      const [first = '', ...rest] = words
      const requestVerb =
        first === 'object'
          ? objectByHand
          : Object.hasOwn(requestVerbs, first)
            ? requestVerbs[first]
            : undefined
      if (requestVerb) {
        return withParts(async (parts) => {
          say(await requestVerb(parts, rest))
          return 0
        })
      }
      const { account, request, verb, ...wish } = readWords(words)
      return withParts(async (parts) => {
        if (verb === 'replay') {
          // Opening the database has followed the ledger, or said why it cannot be.
          say('This database is where the ledger of deletions is.')
          return 0
        }
        const store = parts.openStore('loom_app')
        const context = await accountOf(parts, store, account)
        // An account whose keys are gone lets nobody look but the purge.
        const looks = verb === 'status' ? parts.openStore('loom_purge') : store
        const work = () => verbs[verb](looks, context, wish)
        say(await answering(parts, { requestId: request, text: `desk ${verb}` }, work))
        return 0
      })
    },
  },
]

interface Wish {
  reason: DeletionReason
  now: boolean
  removePosts: boolean
}

type Verb = 'delete' | 'undo' | 'status'

const verbs: Record<Verb, (store: Store, context: TenantContext, wish: Wish) => Promise<string>> = {
  async delete(store, context, { now, reason, removePosts }) {
    const undoMs = now || reason === 'minor' ? 0 : erasureTimes.undoMs
    await requestDeletion(store, context, { reason, undoMs, removePosts })
    return statusWords(await loadDeletion(store, context))
  },
  async undo(store, context) {
    return (await undoDeletion(store, context))
      ? 'The account is open again. What ran was ended, and its threads are told to ask again.'
      : 'Nobody has asked to delete this account.'
  },
  async status(store, context) {
    return statusWords(await loadDeletion(store, context))
  },
}

function statusWords(deletion: Tombstone | undefined): string {
  if (!deletion || deletion.undone) return 'Nobody has asked to delete this account.'
  const { counts, dueAtMs, purgedAtMs, reason, requestedAtMs, tombstonedAtMs } = deletion
  return [
    `Deletion asked for ${when(requestedAtMs)} (${reason}).`,
    tombstonedAtMs === undefined
      ? `Fenced. ${(dueAtMs ?? 0) <= Date.now() ? 'Its keys are destroyed as soon as a scheduler runs.' : `Its keys are destroyed ${when(dueAtMs)}; until then: desk undo`}`
      : `Its keys were destroyed ${when(tombstonedAtMs)}.`,
    ...(counts.posts === 'asked'
      ? [
          `What Loom posted into chats is removed before, for at most ${erasureTimes.removeMs / 3_600_000} hours.`,
        ]
      : []),
    purgedAtMs === undefined
      ? 'Rows and objects are not gone yet.'
      : `All is gone since ${when(purgedAtMs)}.`,
    ...Object.entries(counts).map(([name, value]) => `  ${name}: ${value}`),
  ].join('\n')
}

function when(ms: number | undefined): string {
  return ms === undefined ? 'now' : new Date(ms).toISOString()
}

const { notReadable, read } = wordsOf(
  'Say what to do: npm run loom -- desk delete --account slack:team:T0123 --reason request, or undo, status, replay; open, list, show, answer for requests. --request ID notes one as answered. With --remove-posts what Loom posted into chats goes too. With --now, and for a minor, there is no day to undo it.',
)

function readWords(words: readonly string[]) {
  const { positionals, values } = read(words, {
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      now: { type: 'boolean' },
      'remove-posts': { type: 'boolean' },
      account: { type: 'string' },
      request: { type: 'string' },
    },
  })
  const [verb = '', ...more] = positionals
  const reason = deletionReasons.find((one) => one === (values.reason ?? 'request'))
  if (!isVerb(verb) || more.length > 0 || !reason) throw notReadable()
  const { account, now = false, request } = values
  // Only what does something answers anybody.
  if (request !== undefined && verb !== 'delete') throw notReadable()
  const removePosts = values['remove-posts'] === true
  return { verb, reason, now, removePosts, account, request }
}

function isVerb(word: string): word is Verb | 'replay' {
  return word === 'replay' || word in verbs
}
