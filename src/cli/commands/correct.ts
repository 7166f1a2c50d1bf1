import { correctPerson } from '../../storage/identities/correct.ts'
import { accountOf } from '../account-of.ts'
import { personOf } from '../person-of.ts'
import { wordsOf } from '../read-words.ts'
import { withParts } from '../with-parts.ts'
import { answering } from './desk-requests.ts'
import type { SetupCommand } from './setup-command.ts'

/** For wishes that come by mail: what Loom keeps of who somebody is, put right. */
export const correctCommand: SetupCommand = {
  name: 'correct',
  usage: 'correct --person slack:U0123',
  help: 'put right what is kept of who somebody is: --name NAME, --email ADDRESS, --request ID. --account ID or slack:team:T0123',
  async run(say, words) {
    const { account, email, name, person, request } = readWords(words)
    return withParts(async (parts) => {
      const store = parts.openStore('loom_app')
      const context = await accountOf(parts, store, account)
      const identityId = await personOf(store, context, person)
      const work = () => correctPerson(store, context, { identityId, name, email })
      const corrected = await answering(parts, { requestId: request, text: 'corrected' }, work)
      const nowhere = email !== undefined && corrected?.member === false
      if (name !== undefined || !nowhere) say('It is corrected.')
      if (nowhere) say('Loom keeps no e-mail of this person, so there is none to correct.')
      return nowhere ? 1 : 0
    })
  },
}

const { notReadable, read } = wordsOf(
  'Say whom and what: npm run loom -- correct --account slack:team:T0123 --person slack:U0123 --name "Ada Byron"',
)

function readWords(words: readonly string[]) {
  const text = { type: 'string' } as const
  const { values } = read(words, {
    options: { account: text, person: text, name: text, email: text, request: text },
  })
  const name = values.name?.trim()
  const email = values.email?.trim()
  const { account, person, request } = values
  if (person === undefined || (!name && !email)) throw notReadable()
  return { account, person, request, ...(name ? { name } : {}), ...(email ? { email } : {}) }
}
