import { formatBytes } from '../../core/format.ts'
import type { Parts } from '../../roles/parts.ts'
import { restoreInto } from '../../roles/restore.ts'
import { listDumps } from '../../storage/dump/shelf.ts'
import { writeDump } from '../../storage/dump/write.ts'
import { wordsOf } from '../read-words.ts'
import { withParts } from '../with-parts.ts'
import type { SetupCommand } from './setup-command.ts'

export const dumpCommands: readonly SetupCommand[] = [
  {
    name: 'dump',
    usage: 'dump now|list|restore',
    help: 'write an encrypted dump of the database, list them, or bring one into an empty database: dump restore NAME --into URL',
    async run(say, words) {
      const wish = readWords(words)
      return withParts(async (parts) => {
        if (wish.verb === 'now') say(await dumpNow(parts))
        else if (wish.verb === 'list') say(await shelf(parts))
        else say(await restore(parts, wish))
        return 0
      })
    },
  },
]

async function dumpNow(parts: Parts): Promise<string> {
  const vault = parts.openStore('loom_app').vault
  const { counts, name } = await writeDump({
    store: parts.openStore('loom_dump'),
    objects: parts.objects,
    vault,
  })
  return `${name}  ${rowsOf(counts)} rows`
}

async function shelf(parts: Parts): Promise<string> {
  const dumps = await listDumps(parts)
  if (dumps.length === 0) return 'There is no dump yet.'
  return dumps.map(({ bytes, name }) => `${name}  ${formatBytes(bytes)}`).join('\n')
}

async function restore(parts: Parts, { into, name }: { name: string; into: string }): Promise<string> {
  const { counts, createdAt, followed } = await restoreInto(parts.openStore('loom_app'), { name, url: into })
  return `Restored ${rowsOf(counts)} rows as of ${createdAt}; ${followed} entries of the ledger of deletions followed since.`
}

function rowsOf(counts: Readonly<Record<string, number>>): string {
  return Object.values(counts)
    .reduce((sum, count) => sum + count, 0)
    .toLocaleString('en-US')
}

type Wish = { verb: 'now' } | { verb: 'list' } | { verb: 'restore'; name: string; into: string }

const { notReadable, read } = wordsOf(
  'Say what to do: npm run loom -- dump now, dump list, or dump restore NAME --into postgres://login@host/an-empty-database',
)

function readWords(words: readonly string[]): Wish {
  const options = { into: { type: 'string' } } as const
  const { positionals, values } = read(words, { allowPositionals: true, options })
  const [verb, name, ...more] = positionals
  if (more.length > 0) throw notReadable()
  if (verb === 'now' && name === undefined) return { verb }
  if (verb === 'list' && name === undefined) return { verb }
  if (verb === 'restore' && name !== undefined && values.into) return { verb, name, into: values.into }
  throw notReadable()
}
