/** What a person can do, in the words of the platform's own command: `/loom` or whatever stands before. */
export function helpWords(command: string): string {
  return [
    'Mention Loom in a thread and say what you want. The whole thread and its files are the brief; agents work on it, and the answer comes back into the thread with its files.',
    'Reply in the thread while they work to steer them, or afterwards to go on from the answer.',
    '',
    `${command} status: what runs for you and here, and what it has cost`,
    `${command} stop: stop what runs for you; ${command} stop ID for one of several`,
    `${command} usage: this month and today, beside the cap`,
    `${command} schedules: briefs that recur; pause, resume or delete one by its ID`,
    `${command} settings: where Loom works and what it may spend`,
    `${command} forget-me: have what you wrote forgotten; ${command} ignore-me: have nothing taken of what you say`,
    `${command} delete-account: delete this whole account; owners only`,
    `${command} help: this text`,
  ].join('\n')
}

/** The first thing that is said of data, the same wherever it is said. */
export const dataWords = [
  'Loom reads the threads in which it is asked, with their files and the messages that they point at, and nothing else.',
  'What it reads and writes is kept encrypted, for this workspace alone. Files are deleted after 90 days unless somebody stars them.',
  'Model providers see what a job needs and nothing more.',
] as const

/** An answer to words that a command cannot take: what to do instead, with the words ready to copy. */
export function notACommandWords(input: { mention: string; text: string }): string {
  return [
    'A brief needs a thread, so that everybody can see what comes of it. Mention Loom in one with these words:',
    '',
    `${input.mention} ${input.text}`,
  ].join('\n')
}
