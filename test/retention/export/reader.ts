import { createHash } from 'node:crypto'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { z } from 'zod'

const manifestShape = z.object({
  format: z.literal('loom-export/1'),
  about: z.union([z.object({ account: z.uuid() }), z.object({ person: z.array(z.uuid()) })]),
  madeAt: z.iso.datetime(),
  policy: z.object({ version: z.number(), effective: z.iso.date() }),
  files: z.array(
    z.object({
      path: z.string(),
      sha256: z.string().length(64),
      bytes: z.number(),
      mediaType: z.string(),
      what: z.string().min(10),
    }),
  ),
  missing: z.array(z.object({ path: z.string(), why: z.string() })),
})

export interface ReadExport {
  manifest: z.infer<typeof manifestShape>
  files: ReadonlyMap<string, Buffer>
  /** Every JSON file of it, parsed. */
  data: ReadonlyMap<string, Record<string, unknown>[]>
  /** All of it, as one text. */
  text: string
}

/** A program that knows only the manifest: every file that it names is there, whole, and no other is. */
export async function readExport(zip: Buffer): Promise<ReadExport> {
  const files = await unpack(zip)
  const manifest = manifestShape.parse(JSON.parse(String(files.get('manifest.json'))))
  files.delete('manifest.json')
  const named = manifest.files.map(({ path }) => path)
  if (named.toSorted().join() !== [...files.keys()].toSorted().join())
    throw new Error('the manifest names other files')
  const data = new Map<string, Record<string, unknown>[]>()
  for (const { bytes, mediaType, path, sha256 } of manifest.files) {
    const body = files.get(path)
    if (!body || body.byteLength !== bytes) throw new Error(`${path} has another size`)
    if (createHash('sha256').update(body).digest('hex') !== sha256)
      throw new Error(`${path} has another hash`)
    const [, name] = /^data\/(\w+)\.json$/.exec(path) ?? []
    if (mediaType === 'application/json' && name)
      data.set(name, z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(String(body))))
  }
  return {
    manifest,
    files,
    data,
    text: [...files].map(([path, body]) => `${path}\n${String(body)}`).join('\n'),
  }
}

async function unpack(zip: Buffer): Promise<Map<string, Buffer>> {
  const opened = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(zip, { lazyEntries: true }, (fault, file) => (file ? resolve(file) : reject(fault))),
  )
  const files = new Map<string, Buffer>()
  return new Promise((resolve, reject) => {
    opened.on('error', reject).on('end', () => resolve(files))
    opened.on('entry', (entry: Entry) => {
      opened.openReadStream(entry, async (fault, stream) => {
        if (!stream) return reject(fault)
        const chunks: Buffer[] = []
        for await (const chunk of stream) chunks.push(chunk as Buffer)
        files.set(entry.fileName, Buffer.concat(chunks))
        opened.readEntry()
      })
    })
    opened.readEntry()
  })
}
