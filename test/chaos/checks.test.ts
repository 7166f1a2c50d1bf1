import { describe, expect, test } from 'vitest'
import { violationsOf } from './checks.ts'
import { markOf } from './marks.ts'
import { partFile } from './model/decide.ts'
import type { Seen } from './seen.ts'

const mine = markOf('test', 'amber', 0)
const theirs = markOf('test', 'birch', 1)

/** A run of one brief after which nothing is wrong. */
function whole(): Seen {
  const ids = { jobId: 'job', tenantId: 'tenant' }
  const step = { ...ids, id: 'step', taskId: 'task', ordinal: 0, state: 'committed' }
  const money = { tenantId: 'tenant', cap: 100, reserved: 0, settled: 7 }
  const file = partFile({ mark: mine, key: 'part-1' })
  return {
    briefs: [{ ...ids, thread: 'thread', mark: mine, parts: 1, files: [file] }],
    jobs: [{ id: 'job', tenantId: 'tenant', state: 'done', errorKind: null, eventSeq: 2 }],
    tasks: [{ id: 'task', jobId: 'job', kind: 'work', state: 'done', steps: 1, reserved: 0, cost: 7 }],
    steps: [step],
    usage: [{ ...ids, subjectId: 'step', taskId: 'task', cost: 7 }],
    events: [{ jobId: 'job', count: 2, last: 2 }],
    budgets: [
      { ...money, scope: 'job', key: 'job' },
      { ...money, scope: 'tenant_month', key: '2026-11' },
    ],
    deliveries: [
      { id: 'nonce-1', jobId: 'job', kind: 'card', state: 'sent' },
      { id: 'nonce-2', jobId: 'job', kind: 'answer', state: 'sent' },
    ],
    answers: [{ jobId: 'job', count: 1, text: `About ${mine}.` }],
    artifacts: [{ jobId: 'job', ...file, isWhole: true }],
    transcripts: [{ jobId: 'job', text: mine }],
    ready: 0,
    due: 0,
    posts: [
      { nonce: 'nonce-1', thread: 'thread', kind: 'card', jobId: 'job', text: mine, isEnd: true, asked: 1 },
      {
        nonce: 'nonce-2',
        thread: 'thread',
        kind: 'answer',
        jobId: 'job',
        text: `About ${mine}.`,
        isEnd: true,
        asked: 1,
      },
    ],
    wrongCalls: [],
  }
}

type Rows = {
  [K in keyof Seen as Seen[K] extends readonly object[] ? K : never]: Seen[K] extends readonly (infer Row)[]
    ? Row & object
    : never
}

/** The same run with the first row of a kind changed. */
function changed<K extends keyof Rows>(kind: K, change: Partial<Rows[K]>): Seen {
  const seen = whole()
  const [first, ...rest] = seen[kind] as readonly Rows[K][]
  return { ...seen, [kind]: [{ ...first, ...change }, ...rest] }
}

function without<K extends keyof Rows>(kind: K): Seen {
  return { ...whole(), [kind]: (whole()[kind] as readonly Rows[K][]).slice(1) }
}

function doubled<K extends keyof Rows>(kind: K, change: Partial<Rows[K]> = {}): Seen {
  const rows = whole()[kind] as readonly Rows[K][]
  return { ...whole(), [kind]: [...rows, { ...rows[0], ...change }] }
}

describe('the checks of a chaos run', () => {
  test('find nothing where nothing is wrong', () => {
    expect(violationsOf(whole())).toEqual([])
  })

  const cases: [string, Seen, RegExp][] = [
    ['a job that is lost', without('jobs'), /job job of mark-amber-0-\w+ is lost/],
    ['a job that does not end', changed('jobs', { state: 'running' }), /job job is running/],
    ['a job that failed', changed('jobs', { state: 'failed', errorKind: 'internal' }), /failed \(internal\)/],
    [
      'a job that nobody asked for',
      doubled('jobs', { id: 'other', eventSeq: 0 }),
      /other was never accepted/,
    ],
    ['one job for two briefs', doubled('briefs'), /two briefs became the one job/],
    [
      'a task that does not end',
      changed('tasks', { state: 'running' }),
      /work task task of the job job is running/,
    ],
    ['an event that is missing', changed('events', { count: 1 }), /has 1 events up to 2/],
    ['a task that is still held', { ...whole(), ready: 1 }, /1 tasks are still ready or held/],
    ['a step that is doubled', doubled('steps', { id: 'again' }), /counts 1 steps and has 0, 0/],
    ['a step that is lost', without('steps'), /counts 1 steps and has $/],
    ['a step that hangs', changed('steps', { state: 'replied' }), /step is not committed/],
    ['a step that was not billed', without('usage'), /the step step was not billed/],
    ['a step that was billed twice', doubled('usage'), /the step step was billed twice/],
    ['a bill without a step', doubled('usage', { subjectId: 'ghost' }), /ghost was billed and is not there/],
    [
      'money settled that was not used',
      changed('budgets', { settled: 8 }),
      /job job has 8 .* settled and 7 used/,
    ],
    ['a reservation that stays', changed('budgets', { reserved: 3 }), /still has 3 micro-dollars reserved/],
    ['a reservation that a task keeps', changed('tasks', { reserved: 3 }), /task still holds a reservation/],
    ['a cap that is passed', changed('budgets', { cap: 6 }), /spent 7 micro-dollars over a cap of 6/],
    ['an answer that is lost', without('answers'), /job job has no answer/],
    ['an answer that is doubled', changed('answers', { count: 2 }), /job job has 2 answers/],
    ['an answer about something else', changed('answers', { text: 'Hello.' }), /is not about its brief/],
    ['a file that is lost', without('artifacts'), /lost final\/part-1\.md/],
    ['a file that is doubled', doubled('artifacts'), /has final\/part-1\.md twice/],
    ['a file that is broken', changed('artifacts', { isWhole: false }), /is not what was written/],
    [
      'a file that nobody wrote',
      doubled('artifacts', { path: 'final/odd.md' }),
      /odd\.md, which nobody wrote/,
    ],
    ['a delivery that is lost', without('deliveries'), /deliveries of the job job are: answer sent$/],
    ['a delivery that is not sent', changed('deliveries', { state: 'pending' }), /answer sent, card pending/],
    ['a delivery that is still due', { ...whole(), due: 2 }, /2 deliveries are still due/],
    ['a message that people never saw', without('posts'), /people saw of the job job: answer$/],
    ['a message shown twice', doubled('posts'), /people saw of the job job: answer, card, card/],
    ['a message under a nonce of nobody', changed('posts', { nonce: 'odd' }), /message odd has no delivery/],
    ['a message in another thread', changed('posts', { thread: 'other' }), /stands in another thread/],
    ['a card that stands still', changed('posts', { isEnd: false }), /does not show its end/],
    [
      "another's mark in an answer",
      changed('answers', { text: `${mine} ${theirs}` }),
      /the answer of .* holds mark-birch/,
    ],
    [
      "another's mark in a file",
      changed('artifacts', { content: theirs }),
      /part-1\.md of .* holds mark-birch/,
    ],
    [
      "another's mark in a transcript",
      changed('transcripts', { text: theirs }),
      /transcript of .* holds mark-birch/,
    ],
    [
      "another's mark in a message",
      changed('posts', { text: theirs }),
      /card that people saw of .* holds mark-birch/,
    ],
    ["a step of another tenant's", changed('steps', { tenantId: 'other' }), /belongs to another tenant/],
    [
      'a call that a provider refuses',
      { ...whole(), wrongCalls: ['roles must alternate'] },
      /must alternate/,
    ],
  ]
  test.each(cases)('find %s', (_name, seen, sentence) => {
    expect(violationsOf(seen).filter((violation) => sentence.test(violation))).not.toEqual([])
  })
})
