import type { Answer } from '../../../core/chat.ts'
import { answerWords } from '../../words/answer-words.ts'
import { fileLinks } from '../../words/file-links.ts'
import { handoverLines, receiptLine } from '../../words/receipt-words.ts'
import { actions, button, context, type SlackBlock } from './elements.ts'
import { fileParts } from './files.ts'
import { slackLine, slackText, slackUrl } from './harmless.ts'
import { limits } from './limits.ts'
import { markdownParts, type Part } from './markdown.ts'
import { packMessages } from './pack.ts'
import { type Posting, posting } from './posting.ts'

export interface RenderedAnswer {
  messages: Posting[]
  /** Where the messages hold only the beginning of the answer. */
  long: LongAnswer | undefined
}

export interface LongAnswer {
  /** The whole answer, which goes into the thread as `answer.md`. */
  whole: string
  /** What comes behind the beginning, for where the file is refused after all. */
  rest: Posting[]
}

/**
 * The answer as messages: the text, a row for each file, what it cost, whether it helped. One that is too long for a
 * thread is its beginning and a file, unless files cannot be uploaded. `notes` are lines of Markdown of our own.
 */
export function renderAnswer(
  given: Answer,
  options: { canUpload: boolean; notes?: readonly string[] },
): RenderedAnswer {
  const answer: Answer = { ...given, markdown: slackText(given.markdown) }
  const words = answerWords(answer)
  const resolve = fileLinks(answer.files, { line: slackLine, url: slackUrl })
  const text = markdownParts(words, resolve)
  const end = (notes: readonly string[]): Part[] => [
    ...notes.flatMap((note) => markdownParts(note)),
    ...fileParts(answer.jobId, answer.files, options),
    ...blocks(context([receiptLine(answer.receipt), ...handoverLines(answer.receipt)])),
    ...blocks(feedback(answer)),
  ]
  const notes = options.notes ?? []
  const whole = packMessages([...text, ...end(notes)])
  if (whole.length <= limits.messages || !options.canUpload || packMessages(text).length < 2)
    return { messages: postings(whole), long: undefined }
  const [beginning = [], ...rest] = packMessages(text, { first: limits.weight / 2 })
  const cut = ['This is the beginning. The whole answer is in the file **answer.md**.', ...notes]
  const parts: Part[] = [...blocks(beginning), { kind: 'blocks', blocks: [{ type: 'divider' }] }, ...end(cut)]
  return { messages: postings(packMessages(parts)), long: { whole: words, rest: postings(rest) } }
}

function postings(messages: readonly SlackBlock[][]): Posting[] {
  return messages.map((message) => posting(message))
}

function blocks(given: readonly SlackBlock[]): Part[] {
  return given.map((block) => ({ kind: 'blocks', blocks: [block] }))
}

function feedback({ jobId, outcome }: Answer): SlackBlock[] {
  if (outcome === 'cancelled') return []
  const value = { j: jobId }
  return actions([
    button({ label: 'Helpful', action: 'loom:helpful', value }),
    button({ label: 'Not helpful', action: 'loom:unhelpful', value }),
  ])
}
