import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportInto } from '../../roles/exports.ts'
import { noteExport } from '../../storage/exports/note.ts'
import { accountOf } from '../account-of.ts'
import { personOf } from '../person-of.ts'
import { wordsOf } from '../read-words.ts'
import { withParts } from '../with-parts.ts'
import { answering } from './desk-requests.ts'
import type { SetupCommand } from './setup-command.ts'

/** For wishes that come by mail: what a person asks for at the desk of a chat, as a file on this machine. */
export const exportCommand: SetupCommand = {
  name: 'export',
  usage: 'export [--person slack:U0123]',
  help: 'a ZIP of all that is kept of an account, or of one person of it. --account ID or slack:team:T0123, --out FILE, --request ID',
  async run(say, words) {
    const { account, out, person, request } = readWords(words)
    return withParts(async (parts) => {
      const store = parts.openStore('loom_app')
      const context = await accountOf(parts, store, account)
      const { tenantId } = context
      const identityId = person === undefined ? undefined : await personOf(store, context, person)
      const form = identityId === undefined ? 'tenant' : 'person'
      await noteExport(store, context, { form, ...(identityId ? { identityId } : {}) })
      const about =
        identityId === undefined ? { form: 'tenant' as const } : { form: 'person' as const, identityId }
      const work = () => exportInto(parts, { tenantId, about, write: (zip) => writeFile(zip, out) })
      await answering(parts, { requestId: request, text: 'exported' }, work)
      say(out)
      return 0
    })
  },
}

/** Nobody finds half a ZIP under its name, and nobody else of this machine reads it. */
async function writeFile(zip: Readable, out: string): Promise<void> {
  const unfinished = `${out}.unfinished`
  try {
    await pipeline(zip, createWriteStream(unfinished, { mode: 0o600 }))
    await rename(unfinished, out)
  } finally {
    await rm(unfinished, { force: true })
  }
}

const { read } = wordsOf(
  'Say for example: npm run loom -- export --account slack:team:T0123 --person slack:U0123 --out export.zip',
)

function readWords(words: readonly string[]) {
  const text = { type: 'string' } as const
  const { values } = read(words, { options: { account: text, person: text, out: text, request: text } })
  const today = new Date().toISOString().slice(0, 10)
  return { ...values, out: path.resolve(values.out ?? `loom-export-${today}.zip`) }
}
