import type { Answer } from '../../../core/chat.ts'
import { shortened } from '../../words/cut.ts'
import { type LongAnswer, renderAnswer } from '../render/answer.ts'
import { looksLikeMarkup } from '../render/files.ts'
import { escaped, slackLine } from '../render/harmless.ts'
import { renderNotice } from '../render/notice.ts'
import type { Fault } from './fault.ts'
import { postParts, type Refused, type Sending } from './post-parts.ts'
import { mayUpload, textUpload, type Upload, uploadAll, uploadsOf } from './upload.ts'

export interface AnswerDeps {
  /** What the installation may do; empty where nobody knows. */
  scopes: readonly string[]
  /** Where an admin grants what is missing. */
  reinstallUrl: string | undefined
}

/**
 * The answer in the thread: its text, then its files in one message. What cannot be uploaded is said, and its links
 * stand. Answers the timestamps, or the first refusal; throws what passes. Repeating it goes on where it stopped.
 */
export async function postAnswer(
  deps: AnswerDeps,
  sending: Sending,
  answer: Answer,
): Promise<string[] | Refused> {
  const uploads = uploadsOf(answer.files)
  const canBeLong = answer.markdown.length > 8_000
  const refused = uploads.length > 0 || canBeLong ? await uploadsRefused(deps, sending, canBeLong) : undefined
  // Where its beginning is in the thread already, the answer goes on behind that.
  const isBegun = hasBeginning(sending)
  const notes =
    refused && uploads.length > 0 && !isBegun ? [refusalWords(deps, { fault: refused, hasLinks: true })] : []
  const rendered = renderAnswer(answer, { canUpload: !refused || isBegun, notes })
  const { long } = rendered
  const posted = await postParts(sending, rendered.messages, long ? beginning : '')
  if ('fault' in posted) return posted
  const late = { posted, long, hasLinks: uploads.length > 0 }
  if (refused) return isBegun ? withoutFiles(deps, sending, { ...late, fault: refused }) : posted
  const all: Upload[] = [...(long ? [textUpload('answer.md', long.whole)] : []), ...uploads]
  const fault = await uploadAll(sending, { uploads: all, said: filesWords(answer) })
  if (!fault) return posted
  if (fault.place) return { fault }
  return withoutFiles(deps, sending, { ...late, fault })
}

/** The parts of a beginning have other names than those of the whole, so that one never stands for the other. */
const beginning = 'b'

function hasBeginning({ progress }: Sending): boolean {
  return [...progress.parts.keys()].some((part) => part.startsWith(beginning))
}

/** Slack refused the files when the text was there already: that is said below it, and then what only a file held. */
async function withoutFiles(
  deps: AnswerDeps,
  sending: Sending,
  input: {
    posted: string[]
    long: LongAnswer | undefined
    hasLinks: boolean
    fault: Fault | 'missing_scope'
  },
): Promise<string[] | Refused> {
  const { long, posted } = input
  const goesOn = long ? ' The answer goes on here.' : ''
  const note = await postParts(
    sending,
    renderNotice({ text: `${refusalWords(deps, input)}${goesOn}` }),
    'note',
  )
  if ('fault' in note) return note
  const rest = await postParts(sending, long?.rest ?? [], 'rest')
  return 'fault' in rest ? rest : [...posted, ...note, ...rest]
}

/** What the message with the files says: where they belong, and nothing of how many arrived. */
function filesWords(answer: Answer): string {
  const title = shortened(slackLine(answer.title), 100)
  const isPlain = title !== '' && !looksLikeMarkup(title) && !/:\/\/|www\./iu.test(title)
  return isPlain ? escaped(`Files of “${title}”`) : 'Files of the answer above'
}

/** Known by the scopes where one is missing; asked before a beginning is posted whose rest only a file would hold. */
async function uploadsRefused(
  { scopes }: AnswerDeps,
  sending: Sending,
  mustBeSure: boolean,
): Promise<Fault | 'missing_scope' | undefined> {
  if (scopes.length > 0 && !scopes.includes('files:write')) return 'missing_scope'
  if (scopes.length > 0 && !mustBeSure) return undefined
  const fault = await mayUpload(sending)
  if (fault?.error.retryable) throw fault.error
  return fault
}

function refusalWords(
  { reinstallUrl }: AnswerDeps,
  { fault, hasLinks }: { fault: Fault | 'missing_scope'; hasLinks: boolean },
): string {
  const what = hasLinks ? 'The files are not uploaded' : 'The file is not uploaded'
  const links = hasLinks ? ' The links open the files all the same.' : ''
  if (fault === 'missing_scope' || fault.code === 'missing_scope') {
    const where = reinstallUrl === undefined ? '' : ` An admin can grant it here: ${reinstallUrl}`
    return `${what}, because Loom lacks the permission files:write.${links}${where}`
  }
  if (fault.error.kind === 'too_large') return `${what}, because Slack takes none so large.${links}`
  return `${what}, because Slack refused ${hasLinks ? 'them' : 'it'}.${links}`
}
