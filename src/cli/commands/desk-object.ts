import { objectionSubjects } from '../../core/objections.ts'
import type { Parts } from '../../roles/parts.ts'
import { changeObjection } from '../../storage/objections/change.ts'
import { accountOf } from '../account-of.ts'
import { personOf } from '../person-of.ts'
import { wordsOf } from '../read-words.ts'
import { answering } from './desk-requests.ts'

const { notReadable, read } = wordsOf(
  `Say to what and who: npm run loom -- desk object --what ${objectionSubjects.join('|')} --account slack:team:T0123 --person slack:U0123, without a person for the whole account. --allow takes it back, --request ID notes a request as answered.`,
)

/** For wishes that come by mail: what a person, or a whole account, objects to. */
export async function objectByHand(parts: Parts, words: readonly string[]): Promise<string> {
  const text = { type: 'string' } as const
  const { values } = read(words, {
    options: { what: text, account: text, person: text, request: text, allow: { type: 'boolean' } },
  })
  const what = objectionSubjects.find((subject) => subject === values.what)
  if (!what) throw notReadable()
  const store = parts.openStore('loom_app')
  const context = await accountOf(parts, store, values.account)
  const identityId = values.person === undefined ? undefined : await personOf(store, context, values.person)
  const off = values.allow !== true
  const changed = await answering(
    parts,
    { requestId: values.request, text: `${off ? 'object' : 'allow'} ${what}` },
    () => changeObjection(store, context, { what, off, identityId }),
  )
  const whose = identityId === undefined ? 'for the whole account' : 'for this person'
  return `${what} is ${off ? 'off' : 'on'} ${whose}${changed ? '' : ', as it was'}.`
}
