import { marksIn } from './marks.ts'
import type { Seen } from './seen.ts'

/**
 * What must be true after any run, whatever was killed, cut and flushed in it; answers a sentence for each thing that
 * is not. Every brief of a run can be answered, so a job that failed counts as one.
 */
export function violationsOf(seen: Seen): string[] {
  return [
    ...jobFaults(seen),
    ...stepFaults(seen),
    ...moneyFaults(seen),
    ...answerFaults(seen),
    ...artifactFaults(seen),
    ...deliveryFaults(seen),
    ...leaks(seen),
    ...seen.wrongCalls,
  ]
}

/** Every accepted brief is one job that has come to its end, and nothing is still in hand. */
function jobFaults({ briefs, events, jobs, ready, tasks }: Seen): string[] {
  const accepted = new Set(briefs.map(({ jobId }) => jobId))
  const there = new Map(jobs.map((job) => [job.id, job]))
  const counted = new Map(events.map((row) => [row.jobId, row]))
  return [
    ...repeated(briefs.map(({ jobId }) => jobId)).map((id) => `two briefs became the one job ${id}`),
    ...briefs.flatMap(({ jobId, mark }) => {
      const job = there.get(jobId)
      if (!job) return [`the job ${jobId} of ${mark} is lost`]
      return job.state === 'done' ? [] : [`the job ${jobId} is ${job.state} (${job.errorKind ?? 'no error'})`]
    }),
    ...jobs.filter(({ id }) => !accepted.has(id)).map(({ id }) => `the job ${id} was never accepted`),
    ...tasks.flatMap(({ id, jobId, kind, state }) =>
      state === 'done' ? [] : [`the ${kind} task ${id} of the job ${jobId} is ${state}`],
    ),
    ...jobs.flatMap(({ eventSeq, id }) => {
      const { count, last } = counted.get(id) ?? { count: 0, last: 0 }
      return count === last && last === eventSeq
        ? []
        : [`the job ${id} has ${count} events up to ${last}, and counts ${eventSeq}`]
    }),
    ...(ready > 0 ? [`${ready} tasks are still ready or held`] : []),
  ]
}

/** Every step stands once in its place, and was billed once. */
function stepFaults({ steps, tasks, usage }: Seen): string[] {
  const billed = new Set(usage.map(({ subjectId }) => subjectId))
  const taken = new Set(steps.map(({ id }) => id))
  const ofTask = Map.groupBy(steps, ({ taskId }) => taskId)
  return [
    ...tasks.flatMap((task) => {
      const ordinals = (ofTask.get(task.id) ?? []).map(({ ordinal }) => ordinal).sort((a, b) => a - b)
      const isWhole = ordinals.length === task.steps && ordinals.every((ordinal, at) => ordinal === at)
      return isWhole ? [] : [`the task ${task.id} counts ${task.steps} steps and has ${ordinals.join(', ')}`]
    }),
    ...steps.filter(({ state }) => state !== 'committed').map(({ id }) => `the step ${id} is not committed`),
    ...steps.filter(({ id }) => !billed.has(id)).map(({ id }) => `the step ${id} was not billed`),
    ...usage
      .filter(({ subjectId }) => !taken.has(subjectId))
      .map(({ subjectId }) => `the step ${subjectId} was billed and is not there`),
    ...repeated(usage.map(({ subjectId }) => subjectId)).map((id) => `the step ${id} was billed twice`),
  ]
}

/** What is settled is what was used, nothing stays reserved, and no cap is passed. */
function moneyFaults({ budgets, tasks, usage }: Seen): string[] {
  const sum = (rows: Seen['usage']) => rows.reduce((all, { cost }) => all + cost, 0)
  const differs = (what: string, settled: number, used: number) =>
    settled === used ? [] : [`${what} has ${settled} micro-dollars settled and ${used} used`]
  const summed = Map.groupBy(
    budgets.filter(({ scope }) => scope !== 'job'),
    ({ scope, tenantId }) => `the ${scope} of ${tenantId}`,
  )
  return [
    ...budgets
      .filter(({ scope }) => scope === 'job')
      .flatMap(({ key, settled }) =>
        differs(`the job ${key}`, settled, sum(usage.filter(({ jobId }) => jobId === key))),
      ),
    ...[...summed].flatMap(([what, rows]) => {
      const used = sum(usage.filter(({ tenantId }) => tenantId === rows[0]?.tenantId))
      return differs(
        what,
        rows.reduce((all, { settled }) => all + settled, 0),
        used,
      )
    }),
    ...tasks.flatMap(({ cost, id }) =>
      differs(`the task ${id}`, cost, sum(usage.filter(({ taskId }) => taskId === id))),
    ),
    ...budgets.flatMap(({ cap, key, reserved, scope, settled }) => [
      ...(reserved === 0 ? [] : [`the ${scope} ${key} still has ${reserved} micro-dollars reserved`]),
      ...(settled <= cap ? [] : [`the ${scope} ${key} spent ${settled} micro-dollars over a cap of ${cap}`]),
    ]),
    ...tasks
      .filter(({ reserved }) => reserved !== 0)
      .map(({ id }) => `the task ${id} still holds a reservation`),
  ]
}

/** One answer for each job, and it is about what was asked. */
function answerFaults({ answers, briefs }: Seen): string[] {
  const given = new Map(answers.map((answer) => [answer.jobId, answer]))
  return briefs.flatMap(({ jobId, mark }) => {
    const answer = given.get(jobId)
    if (!answer || answer.count === 0) return [`the job ${jobId} has no answer`]
    if (answer.count > 1) return [`the job ${jobId} has ${answer.count} answers`]
    return answer.text.includes(mark) ? [] : [`the answer of the job ${jobId} is not about its brief`]
  })
}

/** Every file that was to be written is there once, as it was written. */
function artifactFaults({ artifacts, briefs }: Seen): string[] {
  const ofJob = Map.groupBy(artifacts, ({ jobId }) => jobId)
  return briefs.flatMap(({ files, jobId }) => {
    const there = ofJob.get(jobId) ?? []
    const wanted = new Map(files.map(({ content, path }) => [path, content]))
    const paths = new Set(there.map(({ path }) => path))
    return [
      ...repeated(there.map(({ path }) => path)).map((path) => `the job ${jobId} has ${path} twice`),
      ...[...wanted.keys()].filter((path) => !paths.has(path)).map((path) => `the job ${jobId} lost ${path}`),
      ...there.flatMap(({ content, isWhole, path }) => {
        if (!wanted.has(path)) return [`the job ${jobId} has ${path}, which nobody wrote`]
        const isRight = isWhole && content === wanted.get(path)
        return isRight ? [] : [`${path} of the job ${jobId} is not what was written`]
      }),
    ]
  })
}

/** One card and one answer for each job, sent, shown once and in its own thread; the card shows the end. */
function deliveryFaults({ answers, briefs, deliveries, due, posts }: Seen): string[] {
  const ofJob = Map.groupBy(deliveries, ({ jobId }) => jobId)
  const shown = Map.groupBy(posts, ({ jobId }) => jobId)
  const texts = new Map(answers.map(({ jobId, text }) => [jobId, text]))
  const nonces = new Set(deliveries.map(({ id }) => id))
  return [
    ...briefs.flatMap(({ jobId, thread }) => {
      const sent = (ofJob.get(jobId) ?? []).map(({ kind, state }) => `${kind} ${state}`).sort()
      const seen = shown.get(jobId) ?? []
      const kinds = seen.map(({ kind }) => kind).sort()
      return [
        ...(sent.join() === 'answer sent,card sent'
          ? []
          : [`the deliveries of the job ${jobId} are: ${sent.join(', ')}`]),
        ...(kinds.join() === 'answer,card'
          ? []
          : [`people saw of the job ${jobId}: ${kinds.join(', ') || 'nothing'}`]),
        ...seen
          .filter((post) => post.thread !== thread)
          .map(({ kind }) => `the ${kind} of the job ${jobId} stands in another thread`),
        ...seen
          .filter(({ isEnd, kind }) => kind === 'card' && !isEnd)
          .map(({ asked }) => `the card of the job ${jobId}, posted ${asked} times, does not show its end`),
        ...seen
          .filter(({ kind, text }) => kind === 'answer' && text !== texts.get(jobId))
          .map(() => `people read another answer of the job ${jobId} than is kept`),
      ]
    }),
    ...repeated(posts.map(({ nonce }) => nonce)).map((nonce) => `the delivery ${nonce} was shown twice`),
    ...posts
      .filter(({ nonce }) => !nonces.has(nonce))
      .map(({ nonce }) => `the message ${nonce} has no delivery`),
    ...(due > 0 ? [`${due} deliveries are still due`] : []),
  ]
}

/** Nothing of a job holds the mark of another one, least of all of another tenant's. */
function leaks({ answers, artifacts, briefs, posts, steps, transcripts }: Seen): string[] {
  const own = new Map(briefs.map((brief) => [brief.jobId, brief]))
  const places = [
    ...answers.map(({ jobId, text }) => ({ jobId, text, place: 'the answer' })),
    ...artifacts.map(({ content, jobId, path }) => ({ jobId, text: content, place: path })),
    ...transcripts.map(({ jobId, text }) => ({ jobId, text, place: 'the transcript' })),
    ...posts.map(({ jobId, kind, text }) => ({ jobId, text, place: `the ${kind} that people saw` })),
  ]
  return [
    ...places.flatMap(({ jobId, place, text }) =>
      marksIn(text)
        .filter((mark) => mark !== own.get(jobId)?.mark)
        .map((mark) => `${place} of the job ${jobId} holds ${mark}, which is another job's`),
    ),
    ...steps
      .filter(({ jobId, tenantId }) => own.has(jobId) && own.get(jobId)?.tenantId !== tenantId)
      .map(({ id }) => `the step ${id} belongs to another tenant than its job`),
  ]
}

function repeated(items: readonly string[]): string[] {
  const seen = new Set<string>()
  return [...new Set(items.filter((item) => seen.size === seen.add(item).size))]
}
