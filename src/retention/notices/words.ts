import { escaped } from '../page/html.ts'
import { publisher } from '../policy/words.ts'

export interface NoticeText {
  subject: string
  text: string
  html: string
}

export interface NoticeInput {
  name: string | undefined
  version: number
  /** The first day on which it may hold for this person, `2027-02-01`. */
  day: string
  changes: readonly string[]
  /** The privacy page. */
  page: string
}

/**
 * The notice of a new version, as plain text and as plain HTML without anything from elsewhere. It carries no address to
 * unsubscribe at: nobody can choose not to be told of a change that binds them, and nothing else is ever sent by this way.
 */
export function noticeText(input: NoticeInput): NoticeText {
  const { changes, day, page, version } = input
  const date = inFull(day)
  const name = input.name === undefined ? '' : oneLine(input.name).slice(0, 100)
  const hello = name === '' ? 'Hello,' : `Hello ${name},`
  const intro = `the privacy policy of Loom changes. Version ${version} takes effect on ${date}, and not before. Until then everything stays as it is.`
  const ways = [
    `To object, or to have everything deleted that is kept of you, write to ${publisher.privacy} or answer this mail.`,
    'In a chat with Loom: /loom forget-me has what you wrote forgotten; an owner deletes the whole account with /loom delete-account.',
    'If you do nothing, the new version holds for you from that day on.',
  ]
  const from = `${publisher.name}, ${publisher.address}`
  return {
    subject: `Loom’s privacy policy changes on ${date}`,
    text: [
      hello,
      '',
      intro,
      '',
      'What changes:',
      ...changes.map((change) => `- ${oneLine(change)}`),
      '',
      `The whole policy, as it is now: ${page}`,
      '',
      ...ways,
      '',
      from,
      '',
    ].join('\n'),
    html: [
      `<p>${escaped(hello)}</p>`,
      `<p>${escaped(intro)}</p>`,
      '<p>What changes:</p>',
      `<ul>${changes.map((change) => `<li>${escaped(oneLine(change))}</li>`).join('')}</ul>`,
      `<p>The whole policy, as it is now: <a href="${escaped(page)}">${escaped(page)}</a></p>`,
      ...ways.map((way) => `<p>${escaped(way)}</p>`),
      `<p>${escaped(from)}</p>`,
    ].join('\n'),
  }
}

/** `1 February 2027`. */
function inFull(day: string): string {
  return new Date(day).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim()
}
