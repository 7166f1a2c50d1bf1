import { readFile } from 'node:fs/promises'
import { LoomError } from '../../core/errors.ts'
import { plural } from '../../core/format.ts'
import type { NoticeStanding, PolicyDesk } from '../../roles/policy.ts'
import { wordsOf } from '../read-words.ts'

const { notReadable, read } = wordsOf(
  'Say what the next release promises: npm run loom -- policy announce --table next.json, with --words FILE for sentences of your own, one a line.',
)

/** Announces the table that the next release wrote. Answers what is said. */
export async function announce(desk: PolicyDesk, words: readonly string[]): Promise<string> {
  const text = { type: 'string' } as const
  const { values } = read(words, { options: { table: text, words: text } })
  if (values.table === undefined) throw notReadable()
  const table = await fileOf(values.table)
  const own = values.words === undefined ? undefined : linesOf(await fileOf(values.words))
  const { changes, effective, number } = await desk.announce({ table, words: own })
  return [
    `Version ${number} of the privacy policy is announced for ${effective}. Everybody is told:`,
    ...changes.map((change) => `  - ${change}`),
    'The notices go out while a scheduler runs. npm run loom -- policy notices says how far they are.',
  ].join('\n')
}

async function fileOf(name: string): Promise<string> {
  return readFile(name, 'utf8').catch((cause: unknown) => {
    throw new LoomError({ kind: 'not_found', message: `There is no readable file ${name}.`, cause })
  })
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '')
}

export function noticesInWords(standing: NoticeStanding | undefined): string {
  if (!standing) return 'No new version of the privacy policy is announced.'
  const { earliestMs, notices, untold, version } = standing
  const { open, refused, sent, unreachable } = notices
  return [
    `Version ${version.number} of the privacy policy, for ${version.effective}, announced ${day(version.announcedAtMs)}.`,
    `  ${plural(sent, 'notice')} sent, ${open} open, ${refused} refused by the address, ${unreachable} without an address`,
    ...(untold > 0 ? [`  ${plural(untold, 'account')} in which nobody could be written to`] : []),
    earliestMs === undefined
      ? version.listedAtMs === undefined
        ? 'The list of whom to tell is being made.'
        : 'It cannot take effect before all are sent, and 14 days after that.'
      : `It can take effect on ${new Date(earliestMs).toISOString()} at the earliest.`,
  ].join('\n')
}

function day(ms: number | undefined): string {
  return ms === undefined ? 'never' : new Date(ms).toISOString().slice(0, 10)
}
