import { page } from '../../core/page.ts'

export interface Link {
  href: string
  words: string
}

export function outdated(link?: Link): Response {
  const sentences = [
    'It is too old, was used before, or was opened in another browser than the one in which you began.',
  ]
  return refusal({ status: 400, title: 'This link cannot be used', sentences, link })
}

/** With the way to begin again: a link, or words where only the link of an account leads there. */
export function refusal({
  link,
  sentences,
  ...about
}: Omit<Parameters<typeof page>[0], 'link'> & { link: Link | undefined }): Response {
  if (link) return page({ ...about, sentences, link })
  const byAccount = 'To begin again, open the link that you were given, or ask for a new one.'
  return page({ ...about, sentences: [...sentences, byAccount] })
}
