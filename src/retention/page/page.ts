import { createHash } from 'node:crypto'
import { keepDays } from '../../core/keep-days.ts'
import { categories } from '../policy/rows.ts'
import { categoryWords, cookies, publisher } from '../policy/words.ts'
import { version } from '../policy.ts'
import type { Proof } from '../proof/sign.ts'
import { dataMap, processorLines, type Reach } from './facts.ts'
import { escaped, list, paragraph, section, table } from './html.ts'
import { style } from './style.ts'

/** What the page's Content-Security-Policy must allow: its own style by its hash, and nothing else. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export interface PageInput {
  /** On whose machine this Loom runs. */
  mode: 'embedded' | 'hosted'
  reach: Reach
  proof: Proof | undefined
  /** A version that is announced and does not hold yet. */
  next?: NextVersion | undefined
}

export interface NextVersion {
  number: number
  /** The first day on which it may hold, as far as that is known. */
  day: string
  changes: readonly string[]
}

/** The privacy page, whole: derived from the table, with nothing from elsewhere. */
export function privacyPage(input: PageInput): string {
  const body = [
    `<h1>Privacy</h1>`,
    paragraph(`Last updated ${version.effective} · version ${version.number}`, 'dim'),
    ...introduction(input.mode),
    ...nextVersion(input.next),
    section('What is kept, and for how long', [kept(), paragraph(afterwards)]),
    section('Who else gets data', [processors(input.reach), paragraph(sealed)]),
    section('Cookies', [
      cookieTable(),
      paragraph('There is no advertising here and nobody counts your visits.'),
    ]),
    section('Your rights', rights()),
    section('Children', [paragraph(children)]),
    section('When this page changes', [paragraph(changes)]),
    section('Proof', proofLines(input.proof)),
    section('Contact', contact()),
  ].join('\n')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Privacy · Loom</title>
<style>${style}</style></head>
<body><main>
${body}
</main></body>
</html>
`
}

function introduction(mode: PageInput['mode']): string[] {
  const whose =
    mode === 'embedded'
      ? `This Loom runs on a machine of whoever started it. Nothing of it reaches ${publisher.name}; what is said here is what the program itself does.`
      : `This Loom is run by ${publisher.name}`
  return [
    paragraph(
      'Loom turns a thread into a brief and has agents work on it. This page is made from the same table by which the program deletes: what stands here is what happens.',
    ),
    paragraph(mode === 'embedded' ? whose : `${whose}.`),
  ]
}

function nextVersion(next: NextVersion | undefined): string[] {
  if (!next) return []
  const when = `Version ${next.number} of this policy is announced. It takes effect on ${next.day} at the earliest; until then everything on this page holds. It changes this:`
  return [section('What will change', [paragraph(when), list(next.changes)])]
}

function kept(): string {
  const map = dataMap()
  return categories
    .map((category) => {
      const { title, what } = categoryWords[category]
      const lines = map.filter((line) => line.category === category)
      const rows = lines.map(({ exception, kept: time, purpose }) => [
        purpose,
        exception ? `${time}. ${exception}` : time,
      ])
      return `<h3>${escaped(title)}</h3>\n${paragraph(what)}\n${table(['What for', 'Kept'], rows)}`
    })
    .join('\n')
}

const afterwards = `Days count from the moment something was made. When they are over it can no longer be read, by anybody, at that moment; the night after it is removed, files in all their versions. A backup of the database lives ${keepDays.backup} days and a nightly dump ${keepDays.dump}, both encrypted. A job that waits ${keepDays.suspendedJob} days for somebody is ended.`

function processors(reach: Reach): string {
  const rows = processorLines(reach).map(({ connected, eraser, gets, name, purpose, when }) => [
    name,
    `${purpose} ${gets}`,
    `${connected ? 'Connected.' : when === 'hosted' ? 'Not connected here.' : 'Only where somebody connects it.'} ${eraser ?? ''}`,
  ])
  return table(['Who', 'What for, with what', 'Here'], rows)
}

const sealed =
  'What people write is sealed under a key of their own account before it is stored, and travels encrypted. Models are asked to keep nothing. We sell no data and share none for advertising.'

function cookieTable(): string {
  return table(
    ['Cookie', 'Whose', 'What for'],
    cookies.map(({ by, name, what }) => [name, by, what]),
  )
}

function rights(): string[] {
  return [
    paragraph(
      'You can see what is kept of you, have it corrected, take it with you, have it deleted, and object to its use, wherever you live. We answer within 30 days.',
    ),
    list([
      'In a chat: /loom object says what you can object to (thumbs below answers being kept, anything being remembered) and does it; an owner can for the whole account.',
      'In a thread: write “forget me” to have what you wrote forgotten, “ignore me” to never be taken.',
      'As an owner: delete the account. It can be undone for 24 hours; within another 24 what is there is gone and its keys are destroyed, so that no old copy can be read.',
      `By mail: ${publisher.privacy}.`,
    ]),
  ]
}

const children =
  'Loom is not made for anybody under 18. What we learn to be of a child is deleted at once, without a time to undo it.'
const changes =
  'A change that matters gets a new version with a date at least 14 days after everybody with an account was told by mail, and does not hold before it.'

function proofLines(proof: Proof | undefined): string[] {
  if (!proof) return [paragraph('The first nightly check has not run yet.')]
  const { body, publicKey, signature } = proof
  const breaches = body.findings.filter(({ breach }) => breach)
  const oldest = body.findings.filter(({ part }) => part === 'rows' || part === 'objects')
  return [
    paragraph(
      body.ok
        ? `Every night the program walks its database, files, keys and queue and compares them with the table. Last time, ${when(body.checkedAt)}, all of it was as it should be.`
        : `The last nightly check, ${when(body.checkedAt)}, found ${breaches.length} ${breaches.length === 1 ? 'thing' : 'things'} that should not be so: ${breaches.map(({ found, name }) => `${name} (${found})`).join('; ')}. Whoever runs this Loom was alarmed.`,
    ),
    `<details><summary>What was found</summary>\n${table(
      ['What', 'Kept', 'Found'],
      oldest.map(({ found, limit, name }) => [name, limit, found]),
    )}\n</details>`,
    paragraph(`Signed with Ed25519. Key ${publicKey}, signature ${signature}.`, 'dim wide'),
  ]
}

function when(iso: string): string {
  return `${iso.slice(0, 10)} at ${iso.slice(11, 16)} UTC`
}

function contact(): string[] {
  return [
    list([
      `Privacy: ${publisher.privacy}`,
      `Security: ${publisher.security}`,
      `Mail: ${publisher.name}, ${publisher.address}`,
    ]),
  ]
}
