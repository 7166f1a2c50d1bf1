/** What a person can do, in the words of the platform's own command: `/loom` or whatever stands before; `more` of its own. */
export function helpWords(command: string, more: readonly string[] = []): string {
  return [
    'Mention Loom in a thread and say what you want. The whole thread and its files are the brief; agents work on it, and the answer comes back into the thread with its files.',
    'Reply in the thread while they work to steer them, or afterwards to go on from the answer.',
    'To follow a job from another thread, here or on another platform of the account, mention Loom there with the words watch ID; unwatch ends it.',
    '',
    ...more,
    `${command} status: what runs for you and here, and what it has cost`,
    `${command} stop: stop what runs for you; ${command} stop ID for one of several`,
    `${command} usage: this month and today, beside the cap`,
    `${command} schedules: briefs that recur; pause, resume or delete one by its ID`,
    `${command} settings: where Loom works and what it may spend`,
    `${command} connect slack: for admins, a link that brings another platform to this account`,
    `${command} export: a copy of what Loom keeps of you; owners: ${command} export all, of the whole account`,
    `${command} forget-me: have what you wrote forgotten; ${command} ignore-me: have nothing taken of what you say`,
    `${command} object: have no thumbs or memory kept of you; owners: of anybody in the account`,
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

/** A command stands outside of threads on some platforms: where to say it instead. */
export function watchNeedsThreadWords(input: { mention: string; words: string }): string {
  return [
    'A job is shown in a thread. Write this in one, or as a new message of the channel, which then begins one:',
    '',
    `${input.mention} ${input.words}`,
  ].join('\n')
}
