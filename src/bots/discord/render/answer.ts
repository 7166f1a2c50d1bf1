import { type APIFileComponent, ComponentType } from 'discord.js'
import type { Answer } from '../../../core/chat.ts'
import { answerWords } from '../../words/answer-words.ts'
import { fileLinks } from '../../words/file-links.ts'
import { handoverLines, receiptLine } from '../../words/receipt-words.ts'
import { button, rowsOf, separator } from './elements.ts'
import { fileParts } from './files.ts'
import { discordLine, discordText, discordUrl, escaped } from './harmless.ts'
import { limits } from './limits.ts'
import { markdownParts } from './markdown.ts'
import { type Part, packMessages } from './pack.ts'
import type { Posting } from './posting.ts'

export interface RenderedAnswer {
  whole: Posting[]
  /** Where the whole is too long for a thread: its beginning, with the whole as a file beside it in the first message. */
  begun: Posting[] | undefined
}

/**
 * The answer as messages: the text, a row for each file, what it cost, whether it helped. `uploadBytes`: what Discord
 * takes of one file, 0 where none is uploaded.
 */
export function renderAnswer(given: Answer, { uploadBytes }: { uploadBytes: number }): RenderedAnswer {
  const answer: Answer = { ...given, markdown: discordText(given.markdown) }
  const words = answerWords(answer)
  const text = markdownParts(words, fileLinks(answer.files, { line: discordLine, url: discordUrl }))
  const end: Part[] = [
    ...fileParts(answer.jobId, answer.files, { uploadBytes }),
    ...receiptParts(answer),
    ...feedback(answer),
  ]
  const whole = packMessages([...text, ...end])
  const isLong = whole.length > limits.messages && packMessages(text).length > 1
  return { whole: postings(whole), begun: isLong ? begun(words, text, end) : undefined }
}

const note = 'This is the beginning. The whole answer is in the file **answer.md**.'
const wholeFile: APIFileComponent = { type: ComponentType.File, file: { url: 'attachment://answer.md' } }

function begun(words: string, text: readonly Part[], end: readonly Part[]): Posting[] {
  const first = { text: limits.text / 2, components: 20 }
  const [beginning = []] = packMessages(text, { first })
  const parts: Part[] = [
    ...beginning.map((component): Part => ({ kind: 'component', component })),
    { kind: 'component', component: separator() },
    { kind: 'text', text: note, as: 'text' },
    { kind: 'component', component: wholeFile },
    ...end,
  ]
  return postings(packMessages(parts)).map((posting) =>
    posting.components.includes(wholeFile)
      ? { ...posting, attached: { name: 'answer.md', text: words } }
      : posting,
  )
}

function postings(messages: readonly Posting['components'][]): Posting[] {
  return messages.map((components) => ({ components }))
}

function receiptParts({ receipt }: Answer): Part[] {
  return [receiptLine(receipt), ...handoverLines(receipt)].map((line) => ({
    kind: 'text',
    text: `-# ${escaped(discordLine(line), { startsLine: false })}`,
    as: 'small',
  }))
}

function feedback({ jobId, outcome }: Answer): Part[] {
  if (outcome === 'cancelled') return []
  const buttons = [
    button({ label: 'Helpful', press: { verb: 'good', jobId } }),
    button({ label: 'Not helpful', press: { verb: 'bad', jobId } }),
  ]
  return rowsOf(buttons).map((component) => ({ kind: 'component', component }))
}
