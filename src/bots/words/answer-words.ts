import type { Answer } from '../../core/chat.ts'

/** The text of the answer, or the sentence that stands where there is none. Markdown; plain. */
export function answerWords({ files, markdown, outcome }: Answer): string {
  if (markdown.trim() !== '') return markdown
  switch (outcome) {
    case 'done':
      return files.length > 0 ? 'There is no text; the answer is in the files.' : 'The answer is empty.'
    case 'failed':
      return 'The job failed, and nothing more is known. Ask again to start anew.'
    case 'cancelled':
      return 'The job was stopped before there was an answer.'
  }
}
