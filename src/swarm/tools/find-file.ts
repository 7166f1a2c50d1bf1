import { LoomError } from '../../core/errors.ts'
import { plural } from '../../core/format.ts'
import type { Workspace, WorkspaceFile } from '../../core/workspace.ts'
import { baseName } from '../workspace/file-name.ts'

const mostSuggested = 10

/** The file that a model means by a path: as it stands, or with a leading `/` or `./` too many. Throws `not_found`. */
export function findFile(workspace: Workspace, path: string): WorkspaceFile {
  const file = workspace.stat(path) ?? workspace.stat(cleanPath(path))
  if (file !== undefined) return file
  const name = baseName(path).toLowerCase()
  const all = workspace.list().map((file) => file.path)
  const namesakes = all.filter((path) => baseName(path).toLowerCase() === name)
  const suggested = (namesakes.length > 0 ? namesakes : all).slice(0, mostSuggested)
  const there = suggested.length === 0 ? 'There are no files yet.' : `There is: ${suggested.join(', ')}`
  const more =
    namesakes.length === 0 && all.length > mostSuggested ? ` … of ${plural(all.length, 'file')}.` : ''
  throw new LoomError({ kind: 'not_found', message: `There is no file at that path. ${there}${more}` })
}

/** The files at or below a path; all of them for none. Throws `not_found` when there are none below it. */
export function findFiles(workspace: Workspace, path: string | undefined): readonly WorkspaceFile[] {
  const files = workspace.list()
  const folder = cleanPath(path ?? '').replace(/\/+$/, '')
  if (folder === '' || folder === '.') return files
  const found = files.filter((file) => file.path === folder || file.path.startsWith(`${folder}/`))
  return found.length > 0 ? found : [findFile(workspace, path ?? '')]
}

function cleanPath(path: string): string {
  return path.normalize('NFC').replace(/^(?:\.?\/+)+/, '')
}

/** A file's base name for the card: short, on one line, nothing invisible in it. */
export function nameForCard(path: string): string {
  const most = 60
  const name = [...baseName(path.slice(-1_000)).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')]
  return name.length <= most ? name.join('') : `${name.slice(0, most - 1).join('')}…`
}
