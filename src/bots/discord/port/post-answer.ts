import type { Answer } from '../../../core/chat.ts'
import { renderAnswer } from '../render/answer.ts'
import { limits } from '../render/limits.ts'
import { renderNotice } from '../render/notice.ts'
import type { DiscordFault } from '../rest.ts'
import { parts } from './marks.ts'
import { postParts, type Refused, type Sending } from './post-parts.ts'
import type { Posted } from './ref.ts'
import { type UploadLimit, uploadAll, uploadGroups } from './upload.ts'

/**
 * The answer in the thread: its text, then its files. What cannot be uploaded is said, and its links stand. Answers where
 * the messages are, or the first refusal; throws what passes. Repeating it goes on where it stopped.
 */
export async function postAnswer(
  sending: Sending,
  answer: Answer,
  limit: UploadLimit,
): Promise<Posted[] | Refused> {
  const { progress } = sending
  // The same on every try: it says which file stands in which message.
  progress.uploadBytes ??= limit.bytes ?? limits.uploadBytes
  const { uploadBytes } = progress
  const rendered = renderAnswer(answer, { uploadBytes })
  // What is begun in one form goes on in it.
  const isWhole = progress.parts.has(`${parts.messages}0`)
  const long = isWhole ? undefined : rendered.begun
  const begun = long && (await postParts(sending, long, parts.beginning))
  if (begun && 'fault' in begun && !isAboutFiles(begun.fault)) return begun
  const refused = begun && 'fault' in begun ? begun.fault : undefined
  const text = begun && !('fault' in begun) ? begun : await postParts(sending, rendered.whole)
  if ('fault' in text) return text
  const groups = uploadGroups(answer.files, uploadBytes)
  if (groups.length === 0) return text
  const files = refused
    ? { fault: refused }
    : await uploadAll(sending, { groups, title: answer.title, limit })
  if (!('fault' in files)) return [...text, ...files]
  if (!isAboutFiles(files.fault)) return files
  const note = await postParts(sending, renderNotice({ text: refusalWords(files.fault) }), parts.note)
  return 'fault' in note ? note : [...text, ...note]
}

const missingPermissions = 50_013

/** The text may be taken all the same. Where Loom may not write at all, the next message finds that out. */
function isAboutFiles({ code, error }: DiscordFault): boolean {
  return (
    code === missingPermissions ||
    error.kind === 'too_large' ||
    (error.kind === 'refused' && code !== 200_000)
  )
}

function refusalWords({ code, error }: DiscordFault): string {
  const links = 'The links open the files all the same.'
  if (code === missingPermissions)
    return `The files are not uploaded, because Loom lacks the permission to attach files here. ${links}`
  if (error.kind === 'too_large')
    return `Some files are not uploaded, because Discord takes none so large here. ${links}`
  return `The files are not uploaded, because Discord refused them. ${links}`
}
