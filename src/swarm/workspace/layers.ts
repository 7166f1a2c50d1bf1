import { limits } from '../../core/limits.ts'
import type { Workspace, WorkspaceFile } from '../../core/workspace.ts'
import { baseName, freePath } from './file-name.ts'

/**
 * One view of the files that a task starts from. What came first keeps its path; a dependency's different file under a
 * taken path is kept as `<stem>.<task>.<extension>` and listed. The task's own files lie over everything. The same
 * layers always give the same view, so any worker rebuilds the same workspace.
 */
export function layFiles(input: {
  inputs: readonly WorkspaceFile[]
  dependencies: readonly (readonly WorkspaceFile[])[]
  own: readonly WorkspaceFile[]
}): { files: Map<string, WorkspaceFile>; conflicts: Workspace['conflicts'] } {
  const files = new Map(input.inputs.map((file) => [file.path, file]))
  const conflicts: { path: string; keptAs: string; writtenBy: string }[] = []
  // A kept name must not push away a file that really has that name in a later layer.
  const named = new Set(input.dependencies.flat().map((file) => file.path))
  for (const file of input.dependencies.flat()) {
    const before = files.get(file.path)
    if (before === undefined) {
      files.set(file.path, file)
    } else if (before.sha256 !== file.sha256) {
      const writtenBy = file.writtenBy ?? 'other'
      const keptAs = freePath({
        folder: file.path.slice(0, file.path.length - baseName(file.path).length),
        name: baseName(file.path),
        addition: `.${writtenBy}`,
        maxBytes: limits.pathBytes,
        isTaken: (path) => files.has(path) || named.has(path),
      })
      files.set(keptAs, { ...file, path: keptAs })
      conflicts.push({ path: file.path, keptAs, writtenBy })
    }
  }
  for (const file of input.own) files.set(file.path, file)
  return { files, conflicts }
}
