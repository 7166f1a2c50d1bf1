/** What is said of a job or a recurring brief whose channel or thread was deleted: in its answer, and to whose it is. */
export function goneWords(what: 'was deleted' | 'was deleted or is closed to Loom') {
  return {
    answer: `Stopped, because the channel or thread that showed it ${what}. The files that were finished are kept.`,
    stopped: `Loom stopped working on what you asked for, because the channel or thread where it would have answered ${what}. What was finished is kept, and nothing more is spent. Ask again elsewhere to go on.`,
    rests: `A recurring brief of yours rests, because the channel or thread where it answered ${what}. Ask for it again elsewhere, and delete this one: /loom schedules lists it.`,
  }
}
