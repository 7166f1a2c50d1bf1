import type { Answer } from '../../../core/chat.ts'
import { type RenderedAnswer, renderAnswer } from '../render/answer.ts'
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
  const notes = refused && uploads.length > 0 ? [refusalWords(deps, refused)] : []
  const rendered = renderAnswer(answer, { canUpload: !refused, notes })
  const posted = await postRendered(sending, rendered)
  if ('fault' in posted || refused) return posted
  const whole = rendered.wholeAsFile
  const all: Upload[] = [...(whole === undefined ? [] : [textUpload('answer.md', whole)]), ...uploads]
  const fault = await uploadAll(sending, all)
  if (!fault) return posted
  if (fault.place) return { fault }
  return withoutFiles(sending, { answer, posted, whole, note: refusalWords(deps, fault) })
}

/** Slack refused the files when the text was there already: that is said below it, and what only a file held is posted. */
async function withoutFiles(
  sending: Sending,
  input: { answer: Answer; posted: string[]; whole: string | undefined; note: string },
): Promise<string[] | Refused> {
  const { answer, note, posted, whole } = input
  const rest =
    whole === undefined
      ? await postParts(sending, renderNotice({ text: note }), 'note')
      : await postRendered(sending, renderAnswer(answer, { canUpload: false, notes: [note] }))
  return 'fault' in rest ? rest : [...posted, ...rest]
}

/** The parts of a beginning have other names than those of the whole, so that one never stands for the other. */
function postRendered(sending: Sending, rendered: RenderedAnswer): Promise<string[] | Refused> {
  return postParts(sending, rendered.messages, rendered.wholeAsFile === undefined ? '' : 'b')
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

function refusalWords({ reinstallUrl }: AnswerDeps, fault: Fault | 'missing_scope'): string {
  const links = 'The links open the files all the same.'
  if (fault === 'missing_scope' || fault.code === 'missing_scope') {
    const where = reinstallUrl === undefined ? '' : ` An admin can grant it here: ${reinstallUrl}`
    return `The files are not uploaded, because Loom lacks the permission files:write. ${links}${where}`
  }
  if (fault.error.kind === 'too_large')
    return `The files are not uploaded, because Slack takes none so large. ${links}`
  return `The files are not uploaded, because Slack refused them. ${links}`
}
