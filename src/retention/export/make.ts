import type { Readable } from 'node:stream'
import { inTenant, type Store } from '../../storage/database.ts'
import { identitiesOf } from '../../storage/identities/same-person.ts'
import { tableNames } from '../../storage/schema/names.ts'
import { tables } from '../policy/tables.ts'
import { version } from '../policy.ts'
import { type Archive, createArchive } from './archive.ts'
import type { About, Exporting } from './deps.ts'
import { addFiles } from './files.ts'
import { openPrivacy } from './privacy.ts'
import { exportRows, type Row } from './rows.ts'
import { isExported } from './theirs.ts'
import { transcript } from './transcript.ts'

export interface ExportDeps {
  /** Acts as `loom_app`. */
  store: Store
  signal?: AbortSignal
}

/**
 * The ZIP of an account or of one person, as it is being made: rows are read in pages and files copied through, so memory
 * stays bounded however much there is. It is not one moment: what is written meanwhile may be in it or not. It fails
 * with `LoomError` when the account is erased, and when a store does not answer; then whoever stores it stores nothing.
 */
export async function makeExport(
  deps: ExportDeps,
  { about, tenantId }: { tenantId: string; about: About },
): Promise<{ body: Readable; bytes: () => number }> {
  const { signal, store } = deps
  const sealer = await store.vault.sealer(tenantId, 'content')
  const secrecy = await openPrivacy({ store, tenantId, sealer }, about)
  const common = { store, tenantId, about, sealer, log: store.log }
  const exporting: Exporting = { ...common, ...secrecy, ...(signal ? { signal } : {}) }
  const archive = createArchive()
  signal?.addEventListener('abort', () => archive.fail(signal.reason), { once: true })
  fill(exporting, archive).catch((thrown: unknown) => archive.fail(thrown))
  return { body: archive.body, bytes: archive.bytes }
}

async function fill(exporting: Exporting, archive: Archive): Promise<void> {
  const { about, store, tenantId } = exporting
  const at = new Date(store.now()).toISOString()
  await archive.add(
    { path: 'README.md', mediaType: 'text/markdown', what: 'What is in this ZIP and how to read it.' },
    lines([readme(about)]),
  )
  for (const { key } of tableNames()) {
    if (!isExported(key, about)) continue
    await archive.add(
      { path: `data/${key}.json`, mediaType: 'application/json', what: tables[key].purpose },
      jsonOf(exportRows(exporting, key)),
    )
  }
  for await (const job of exportRows(exporting, 'jobs')) {
    const path = `transcripts/${String(job.createdAt).slice(0, 10)}-${String(job.id)}.md`
    await archive.add(
      { path, mediaType: 'text/markdown', what: 'A brief, told from what was said to the answer.' },
      transcript(exporting, job),
    )
  }
  const missing = await addFiles(exporting, archive)
  const manifest = {
    format: 'loom-export/1',
    about: about.form === 'tenant' ? { account: tenantId } : await personOf(exporting, about.identityId),
    madeAt: at,
    policy: { version: version.number, effective: version.effective },
    files: archive.files(),
    missing,
  }
  await archive.close(`${JSON.stringify(manifest, null, 2)}\n`)
}

async function personOf(exporting: Exporting, identityId: string) {
  const own = await inTenant(
    exporting.store,
    exporting.tenantId,
    (tx) => tx.sql<{ id: string }[]>`select o.id from ${identitiesOf(tx, identityId)} o (id) order by 1`,
  )
  return { person: own.map(({ id }) => id) }
}

async function* jsonOf(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let before = '['
  for await (const row of rows) {
    yield `${before}\n${JSON.stringify(row)}`
    before = ','
  }
  yield before === '[' ? '[]\n' : '\n]\n'
}

async function* lines(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

function readme(about: About): string {
  const whose =
    about.form === 'tenant'
      ? 'Everything that Loom keeps of this account, but keys, tokens and keyed hashes, which tell nobody anything.'
      : 'What Loom keeps of you: what you wrote, the briefs that you asked for with what came of them, your feedback, presses and recurring briefs, what your briefs cost, and what the audit log says of you. What others wrote is not in it; where it stood, it says “somebody else”.'
  return [
    '# Your export from Loom',
    '',
    whose,
    '',
    '- `transcripts/`: each brief, to read.',
    '- `files/`: what agents wrote and what came with briefs, under the id of the job.',
    '- `data/`: the same as JSON, a file for each kind of row. Moments are UTC, money is in millionths of a dollar.',
    '- `manifest.json`: every other file of this ZIP with its SHA-256, size, media type and what it is.',
    '',
  ].join('\n')
}
