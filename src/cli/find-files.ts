import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FileSource } from '../core/brief.ts'
import { LoomError } from '../core/errors.ts'
import { formatBytes } from '../core/format.ts'
import { limits } from '../core/limits.ts'

/**
 * The files that the person named, folders opened (hidden files and node_modules left out), in a fixed order. Looks at
 * sizes only. Throws `not_found`, `invalid_input` and `too_large`, each naming the path as it was written.
 */
export async function findFiles(input: { from: string; paths: readonly string[] }): Promise<FileSource[]> {
  const found = new Map<string, FileSource>()
  for (const written of input.paths) {
    for (const file of await open(path.resolve(input.from, written), written)) {
      found.set(file, { name: path.basename(file), source: `local:${file}` })
      if (found.size > limits.briefFiles) throw tooMany()
    }
  }
  return [...found.values()]
}

async function open(absolute: string, written: string): Promise<string[]> {
  const seen = await stat(absolute).catch((cause: NodeJS.ErrnoException) => {
    throw new LoomError({
      kind: 'not_found',
      message: `${written} cannot be found or opened.`,
      detail: cause.code,
      cause,
    })
  })
  if (seen.isDirectory()) return folder(absolute, written)
  if (!seen.isFile()) {
    throw new LoomError({ kind: 'invalid_input', message: `${written} is neither a file nor a folder.` })
  }
  if (seen.size > limits.fileBytes) {
    throw new LoomError({
      kind: 'too_large',
      message: `${written} has ${formatBytes(seen.size)}; a file may have at most ${formatBytes(limits.fileBytes)}.`,
    })
  }
  return [absolute]
}

async function folder(absolute: string, written: string): Promise<string[]> {
  const entries = await readdir(absolute, { withFileTypes: true, recursive: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new LoomError({
        kind: 'forbidden',
        message: `${written} cannot be opened whole: this account may not read a folder in it.`,
        detail: cause.code,
        cause,
      })
    },
  )
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(absolute, file).split(path.sep).some(isLeftOut))
    .sort()
  if (files.length === 0)
    throw new LoomError({ kind: 'invalid_input', message: `There are no files in ${written}.` })
  if (files.length > limits.briefFiles) throw tooMany()
  for (const file of files) await open(file, path.join(written, path.relative(absolute, file)))
  return files
}

function isLeftOut(segment: string): boolean {
  return segment.startsWith('.') || segment === 'node_modules'
}

function tooMany(): LoomError {
  return new LoomError({
    kind: 'too_large',
    message: `That is more than ${limits.briefFiles} files, the most that one brief takes.`,
  })
}
