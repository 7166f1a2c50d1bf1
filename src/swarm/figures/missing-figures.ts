import { setImmediate } from 'node:timers/promises'
import { toLoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { ToolContext, WorkspaceFile } from '../../core/workspace.ts'
import type { LoadedTask, StepRecord } from '../../storage/tasks/loaded.ts'
import { type Contents, createContents } from '../tools/contents.ts'
import { isTextType } from '../workspace/media-type.ts'
import { type FigureCheck, figureCheck } from './check.ts'

/** Searching holds the thread; others get their turn between two pieces. */
const pieceChars = 1_000_000

/**
 * The figures of an answer that stand neither in the brief and what was said, nor in what was handed over, nor in what
 * the task's tools gave, nor in any text of its workspace. What is too much to be looked through, or cannot be read,
 * makes no figure missing: then none is named. Throws what reading a file throws when the store does not answer.
 */
export async function missingFigures(
  input: { answer: string; task: LoadedTask; steps: readonly StepRecord[] },
  context: Pick<ToolContext, 'workspace' | 'signal'>,
): Promise<string[]> {
  const check = figureCheck(input.answer)
  for (const text of textsOf(input)) check.see(text)
  for (const count of countsOf(input.task, context)) check.know(count)
  // Opened once and let go: a check comes once or twice a job.
  const open = createContents({ keepBytes: 0 })
  let left = limits.figureBytes
  for (const file of byPromise(context.workspace.list())) {
    if (check.missing().length === 0) return []
    left -= file.bytes
    if (left < 0) return []
    try {
      if (!(await seeFile(check, await open(file, context), context.signal))) return []
    } catch (thrown) {
      if (toLoomError(thrown).retryable || context.signal.aborted) throw thrown
      return []
    }
  }
  return check.missing()
}

function textsOf({ steps, task }: { task: LoadedTask; steps: readonly StepRecord[] }): string[] {
  const given = steps.flatMap((step) => [
    ...step.heard.map((said) => said.text),
    ...step.results.flatMap((part) =>
      part.type === 'tool_result'
        ? part.content.flatMap((item) => (item.type === 'text' ? [item.text] : []))
        : [],
    ),
  ])
  const thread = task.thread.map((line) => line.text)
  return [task.prompt, ...thread, ...task.needs.map((need) => need.result), ...given]
}

function countsOf(task: LoadedTask, { workspace }: Pick<ToolContext, 'workspace'>): number[] {
  const words = task.prompt.trim().split(/\s+/).length
  return [words, workspace.list().length, task.attachments.length, task.needs.length]
}

/** What agents wrote before what came with the brief, the small before the large. */
function byPromise(files: readonly WorkspaceFile[]): WorkspaceFile[] {
  const rank = (file: WorkspaceFile) => (file.writtenBy === undefined ? 1 : 0)
  const readable = files.filter(({ mediaType }) => isTextType(mediaType) || mediaType === 'application/pdf')
  return readable.toSorted((a, b) => rank(a) - rank(b) || a.bytes - b.bytes)
}

/** Answers `false` when the file could not be looked through. */
async function seeFile(check: FigureCheck, contents: Contents, signal: AbortSignal): Promise<boolean> {
  if (contents.kind !== 'text') return contents.kind === 'binary'
  const { lines, text } = contents
  // With and without its heading.
  for (const count of [lines.count, lines.count - 1]) check.know(count)
  for (let at = 0; at < text.length && check.missing().length > 0; ) {
    const wish = at + pieceChars
    const line = text.lastIndexOf('\n', wish)
    const end = wish >= text.length ? text.length : line > at ? line : wish
    check.see(text.slice(at, end))
    at = end
    await setImmediate()
    signal.throwIfAborted()
  }
  return true
}
