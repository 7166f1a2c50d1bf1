import { createHash } from 'node:crypto'
import { LoomError } from '../../core/errors.ts'
import { formatBytes } from '../../core/format.ts'
import { limits } from '../../core/limits.ts'
import type { ObjectStore } from '../../core/ports.ts'
import type { Workspace, WorkspaceFile } from '../../core/workspace.ts'
import { layFiles } from './layers.ts'
import { normalizePath } from './path.ts'

/**
 * A task's workspace over objects at `<prefix>/blobs/<sha256>`; `prefix` is `<tenant>/<job>`. Layers in order: what
 * came with the brief, what each dependency left (in plan order), what earlier steps of this task wrote.
 *
 * `read` checks the hash (`corrupt`). `write` refuses paths below `inputs/` and paths that would make a name both a
 * file and a folder; one that is aborted stages nothing.
 */
export function createWorkspace(
  deps: { objects: ObjectStore; prefix: string },
  input: {
    inputs: readonly WorkspaceFile[]
    dependencies: readonly (readonly WorkspaceFile[])[]
    own: readonly WorkspaceFile[]
    taskKey: string
  },
): Workspace {
  const { files, conflicts } = layFiles(input)
  const given = inOrder(layFiles({ ...input, own: [] }).files)
  const staged = new Map<string, WorkspaceFile>()
  const blob = (sha256: string) => `${deps.prefix}/blobs/${sha256}`

  const readBlob = async (sha256: string, signal: AbortSignal): Promise<Uint8Array> => {
    signal.throwIfAborted()
    const bytes = await deps.objects.get(blob(sha256))
    signal.throwIfAborted()
    if (hashOf(bytes) !== sha256) {
      throw new LoomError({ kind: 'corrupt', message: 'The stored copy of that file is damaged.' })
    }
    return bytes
  }

  return {
    readBlob,
    conflicts,
    given: () => given,
    list: () => inOrder(files),
    stat: (path) => files.get(path),

    async read(path, signal) {
      const file = files.get(path)
      if (file === undefined) throw new LoomError({ kind: 'not_found', message: 'There is no such file.' })
      return readBlob(file.sha256, signal)
    },

    async write(path, bytes, mediaType, signal) {
      signal.throwIfAborted()
      const normal = writablePath(files, path)
      if (bytes.length > limits.workspaceFileBytes) throw tooLarge(bytes.length)
      const sha256 = hashOf(bytes)
      await deps.objects.put(blob(sha256), bytes, { mediaType })
      signal.throwIfAborted()
      const file = { path: normal, sha256, bytes: bytes.length, mediaType, writtenBy: input.taskKey }
      files.set(normal, file)
      staged.set(normal, file)
      return file
    },

    drain() {
      const writes = [...staged.values()]
      staged.clear()
      return writes
    },
  }
}

function inOrder(files: ReadonlyMap<string, WorkspaceFile>): WorkspaceFile[] {
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function writablePath(files: ReadonlyMap<string, WorkspaceFile>, path: string): string {
  const normal = normalizePath(path)
  if (/^inputs(\/|$)/i.test(normal)) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'inputs/ holds what came with the brief and cannot be changed. Write somewhere else.',
    })
  }
  for (const other of files.keys()) {
    if (other.startsWith(`${normal}/`) || normal.startsWith(`${other}/`)) {
      throw new LoomError({
        kind: 'invalid_input',
        message: 'That path would make one name both a file and a folder. Choose another.',
      })
    }
  }
  return normal
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function tooLarge(bytes: number): LoomError {
  return new LoomError({
    kind: 'too_large',
    message: `The file would have ${formatBytes(bytes)}; one that is written may have ${formatBytes(limits.workspaceFileBytes)}.`,
  })
}
