import type { AnswerFile } from '../../core/chat.ts'

/** Where a relative address of an answer leads: a file that it names by its path opens where its row does. */
export function fileLinks(
  files: readonly AnswerFile[],
  harmless: { line: (text: string) => string; url: (href: string) => string | undefined },
): (href: string) => string | undefined {
  const links = new Map<string, string>()
  for (const file of files) {
    const url = file.url === undefined ? undefined : harmless.url(file.url)
    const path = harmless.line(file.path)
    if (!url) continue
    for (const name of [path, `./${path}`, path.replace(/^final\//u, '')]) links.set(name, url)
  }
  return (href) => links.get(href)
}
