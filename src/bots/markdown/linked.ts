import { type Run, textRun } from './runs.ts'

/** Plain text in which an address can be opened; `url` says which may be. */
export function linkedRuns(text: string, url: (href: string) => string | undefined): Run[] {
  return text.split(/(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]])/gu).flatMap((part, index): Run[] => {
    const opened = index % 2 === 1 ? url(part) : undefined
    return opened ? [{ type: 'link', url: opened, text: part }] : textRun(part)
  })
}
