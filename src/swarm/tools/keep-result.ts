import { LoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { ResultPart } from '../../core/model.ts'
import type { ToolContext } from '../../core/workspace.ts'

/** Below this a head and a tail say nothing, however full the step is. */
const leastChars = 2_048
/** Of what stands in the transcript; the rest is the tail. */
const headShare = 0.75
/** Paths and figures make the notice longer; never by more than this. */
const noticeChars = 600

/**
 * A result as it goes into the transcript: as it is, or, above the bound, the head and the tail of its text around one
 * line that says where the whole stands. The whole becomes a file of the task, written with the step, so that `read`
 * and `search` find it from then on. Pictures and documents are references already and stay.
 */
export async function keepResult(
  context: ToolContext,
  input: { content: readonly ResultPart[]; folder: string; name: string; roomChars: number },
): Promise<readonly ResultPart[]> {
  const texts = input.content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const whole = texts.join('\n').toWellFormed()
  const bound = Math.min(limits.resultInlineChars, Math.max(leastChars, input.roomChars))
  if (whole.length <= bound) return input.content
  const path = await keepWhole(context, { ...input, whole })
  const shown = bound - noticeChars
  const head = cutAtLine(whole.slice(0, Math.floor(shown * headShare)))
  const tail = whole.slice(whole.length - (shown - head.length)).toWellFormed()
  const left = whole.length - head.length - tail.length
  const where = path
    ? `the whole stands at ${path}: read or search it there`
    : 'the whole could not be kept: ask for a smaller part'
  const text = `${head}\n[… ${left} of ${whole.length} characters are left out here; ${where} …]\n${tail}`
  return [{ type: 'text', text }, ...input.content.filter((part) => part.type !== 'text')]
}

/** Where it was kept; `undefined` where there can be no such file, as when the agent gave a file that name. */
async function keepWhole(
  { signal, workspace }: ToolContext,
  { folder, name, whole }: { folder: string; name: string; whole: string },
): Promise<string | undefined> {
  const bytes = Buffer.from(whole, 'utf8')
  const fitting = new Uint8Array(bytes.subarray(0, limits.workspaceFileBytes))
  try {
    const path = freePath(workspace, `results/${folder}/${name}`)
    return (await workspace.write(path, fitting, 'text/plain', signal)).path
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.kind === 'invalid_input') return undefined
    throw thrown
  }
}

function freePath(workspace: ToolContext['workspace'], wish: string): string {
  let path = `${wish}.txt`
  for (let number = 2; workspace.stat(path); number += 1) path = `${wish}-${number}.txt`
  return path
}

/** Up to its last line end, if that does not cost half of it. */
function cutAtLine(text: string): string {
  const end = text.lastIndexOf('\n')
  return (end > text.length / 2 ? text.slice(0, end) : text).toWellFormed()
}
