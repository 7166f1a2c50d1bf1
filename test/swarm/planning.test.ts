import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import type { ModelRequest } from '../../src/core/model.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import {
  assignmentOf,
  call,
  lastResults,
  openSwarm,
  type Person,
  plan,
  priced,
  type Script,
  type Swarm,
  say,
  scriptedModel,
} from './swarm-bed.ts'

let swarm: Swarm
let person: Person

beforeAll(async () => {
  swarm = await openSwarm()
})
beforeEach(async () => {
  person = await swarm.person()
})
afterEach(() => swarm.clear())
afterAll(() => swarm.close())

async function run(script: Script, options: Parameters<typeof scriptedModel>[1] = {}, text = 'Find out.') {
  const model = scriptedModel(script, options)
  await swarm.work(model)
  const answer = await person.answer(await person.ask(text))
  model.done()
  return { answer, model, asked: (who: string) => model.requests.filter((request) => request.who === who) }
}

const refuses = { parts: [], stop: 'refusal' } as const
const submit = (name: string, input: unknown) => ({ parts: [call(name, input)] })
const planned = (plan: object) => submit('submit_plan', { title: 'A plan', ...plan })
const task = (key: string, part: object = {}) => ({
  key,
  title: `Task ${key}`,
  objective: `Do ${key}`,
  ...part,
})
const fault = (what: string) => submit('submit_review', { ok: false, faults: [{ what, mend: 'Say so.' }] })
const textsOf = (request: ModelRequest | undefined) =>
  (request?.messages ?? []).flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
  )
/** Each request of an agent begins with all of the one before it: nothing in its transcript ever changes. */
function expectOneTranscript(requests: readonly { request: ModelRequest }[]) {
  for (const [at, { request }] of requests.entries()) {
    const before = requests[at - 1]?.request
    if (!before) continue
    expect(request.tools).toEqual(before.tools)
    expect(request.messages.slice(0, before.messages.length)).toEqual(before.messages)
  }
}
const states = async (jobId: string) => {
  const seen = await viewJob(swarm.store, person.context, { jobId })
  return seen?.card.rows.map((row) => [row.title, row.state])
}

describe('a task of a plan', () => {
  test('that stops the plan ends the job with its failure, and keeps what the others wrote', async () => {
    const wrote = Promise.withResolvers<void>()
    const { answer } = await run({
      plan: [
        planned({ tasks: [task('a', { ifFails: 'stop' }), task('b'), task('c', { needs: ['a', 'b'] })] }),
      ],
      a: [() => wrote.promise.then(() => refuses)],
      b: [
        submit('write', { path: 'final/b.md', content: 'b' }),
        () => {
          wrote.resolve()
          return say('B.')
        },
      ],
    })
    expect(answer).toMatchObject({
      outcome: 'failed',
      markdown:
        '“Task a” failed, and the plan stops without it: The model declined to work on this. What the other agents finished is kept.',
    })
    expect(answer.files.map((file) => file.path)).toEqual(['final/b.md'])
  })

  test('is not begun when too few of its needs ended well, and what hangs on it is told', async () => {
    const { answer, asked } = await run({
      plan: [
        planned({
          tasks: [
            task('a'),
            task('b'),
            task('c', { needs: ['a', 'b'], enough: 2 }),
            task('d', { needs: ['c'] }),
          ],
        }),
      ],
      a: [say('A.')],
      b: [refuses],
      d: [say('D.')],
      synthesize: [say('Without c.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Without c.' })
    const words = 'Only 1 of the 2 tasks before it ended well or still can; 2 were needed.'
    expect(assignmentOf(asked('d')[0]?.request.messages[0]).handedOver).toEqual([
      { key: 'c', title: 'Task c', state: 'failed', result: words },
    ])
    expect(await states(answer.jobId)).toContainEqual(['Task c', 'failed'])
  })

  test('is begun with enough of its needs, once all have ended', async () => {
    const { answer } = await run({
      plan: [planned({ tasks: [task('a'), task('b'), task('c', { needs: ['a', 'b'], enough: 1 })] })],
      a: [say('A.')],
      b: [refuses],
      c: [say('C.')],
      synthesize: [say('All of it.')],
    })
    expect(answer.markdown).toBe('All of it.')
  })

  test('of which too few ended well for an answer ends the job in words', async () => {
    const { answer } = await run({
      plan: [planned({ tasks: [task('a'), task('b'), task('c')], enough: 2 })],
      a: [say('A.')],
      b: [refuses],
      c: [refuses],
    })
    expect(answer).toMatchObject({
      outcome: 'failed',
      markdown: 'Only 1 of the 3 tasks before it ended well or still can; 2 were needed.',
    })
  })

  test('has the tools of its plan and no others, in every step, and no more steps than it says', async () => {
    const results: unknown[] = []
    const { answer, asked } = await run({
      plan: [planned({ tasks: [task('a', { tools: ['list', 'read'], maxSteps: 3 })] })],
      a: [
        submit('write', { path: 'final/a.md', content: 'a' }),
        (request) => {
          results.push(...lastResults(request))
          return submit('list', {})
        },
        submit('list', {}),
      ],
    })
    expect(results).toEqual([
      { isError: true, text: 'There is no tool of that name. The tools: list, read.' },
    ])
    expect(answer).toMatchObject({
      outcome: 'failed',
      markdown: 'This was not finished within 3 steps. What was written is kept.',
    })
    for (const { request } of asked('a'))
      expect(request.tools.map((tool) => tool.name)).toEqual(['list', 'read'])
    expect(asked('a').map(({ request }) => request.mayCallTools)).toEqual([true, true, false])
  })

  test('that ends without a file it was to write is told once, and then the others are', async () => {
    const { asked } = await run({
      plan: [
        planned({
          tasks: [task('a', { artifacts: ['final/a.csv'] }), task('b', { artifacts: ['final/b.csv'] })],
        }),
      ],
      a: [say('A.'), submit('write', { path: 'final/a.csv', content: 'a' }), say('A, written.')],
      b: [say('B.'), say('B cannot be written.')],
      synthesize: [say('Both.')],
    })
    expect(textsOf(asked('a')[1]?.request).at(-1)).toBe(
      'You were expected to write these files, which are not there: final/a.csv. Write them, or end again and say why they cannot be written.',
    )
    const { handedOver } = assignmentOf(asked('synthesize')[0]?.request.messages[0])
    expect(handedOver?.map((each) => each.result)).toEqual([
      'A, written.',
      'B cannot be written.\n\nNot written: final/b.csv.',
    ])
    expectOneTranscript(asked('a'))
  })
})

describe('the answer to a plan', () => {
  test('adds the tasks that are missing, waits for them, and goes on in the same transcript', async () => {
    const { answer, asked } = await run({
      plan: [plan('a', 'b')],
      a: [say('A.')],
      b: [submit('write', { path: 'final/b.md', content: 'b' }), say('B.')],
      synthesize: [
        submit('write', { path: 'notes/own.md', content: 'mine' }),
        submit('change_plan', { add: [task('c', { needs: ['a'] }), task('d', { needs: ['c'] })] }),
        submit('read', { path: 'final/d.md' }),
        say('With c and d.'),
      ],
      c: [say('C.')],
      d: [submit('write', { path: 'final/d.md', content: 'what d found' }), say('D.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'With c and d.' })
    const [, , third, fourth] = asked('synthesize').map(({ request }) => request)
    expect(JSON.parse(textsOf(third).at(-1) ?? '')).toEqual([
      { key: 'c', title: 'Task c', state: 'done', result: 'C.' },
      { key: 'd', title: 'Task d', state: 'done', result: 'D.' },
    ])
    expect(fourth && lastResults(fourth)[0]?.text).toContain('what d found')
    expectOneTranscript(asked('synthesize'))
    expect(assignmentOf(asked('c')[0]?.request.messages[0]).handedOver).toEqual([
      { key: 'a', title: 'Task a', state: 'done', result: 'A.' },
    ])
    const rows = await swarm.bed.admin`select replans from loom.jobs`
    expect(rows).toMatchObject([{ replans: 1 }])
  })

  test('changes the plan twice at most, and is told what is wrong with a change', async () => {
    const heard: string[] = []
    const noting = (turn: ReturnType<typeof submit>) => (request: ModelRequest) => {
      heard.push(...lastResults(request).map((result) => result.text))
      return turn
    }
    const { answer } = await run({
      plan: [plan('a', 'b')],
      a: [say('A.')],
      b: [say('B.')],
      synthesize: [
        submit('change_plan', { add: [task('a'), task('c', { needs: ['x'] })] }),
        noting(submit('change_plan', { drop: ['a'] })),
        noting(submit('change_plan', { add: [task('c')] })),
        submit('change_plan', { add: [task('d')] }),
        submit('change_plan', { add: [task('e')] }),
        noting(say('Enough.')),
      ],
      c: [say('C.')],
      d: [say('D.')],
    })
    expect(answer.markdown).toBe('Enough.')
    expect(heard).toEqual([
      'The change cannot be used: two tasks are called a; c needs x, which is not in the plan.',
      'Every task has ended: there is nothing to drop.',
      'The plan was changed 2 times, which is the most. Go on with what is there.',
    ])
  })

  test('adds nothing that the job cannot pay for', async () => {
    const heard: string[] = []
    const usage = { inputTokens: 1_000_000 }
    const model = scriptedModel(
      {
        plan: [plan('a', 'b')],
        a: [{ ...say('A.'), usage }],
        b: [{ ...say('B.'), usage }],
        synthesize: [
          submit('change_plan', { add: [task('c')] }),
          (request) => {
            heard.push(...lastResults(request).map((result) => result.text))
            return say('With what is there.')
          },
        ],
      },
      priced,
    )
    await swarm.work(model)
    const answer = await person.answer(await person.ask('Find out.', { capMicroUsd: 2_500_000 }))
    model.done()
    expect(answer.markdown).toBe('With what is there.')
    expect(heard[0]).toMatch(
      /^The job has \$0\.\d\d left, and a task of it costs about \$1\.00\. Add fewer tasks/,
    )
  })

  test('goes on where it was when its worker is lost while it waits and after', async () => {
    const asked = Promise.withResolvers<void>()
    const never = new Promise<never>(() => undefined)
    const first = scriptedModel({
      plan: [plan('a', 'b')],
      a: [say('A.')],
      b: [say('B.')],
      synthesize: [
        submit('write', { path: 'final/report.md', content: 'so far' }),
        submit('change_plan', { add: [task('c')] }),
      ],
      c: [
        () => {
          asked.resolve()
          return never
        },
      ],
    })
    const worker = await swarm.work(first)
    const jobId = await person.ask('Find out.')
    await asked.promise
    await worker.close({ boundMs: 0 })
    const second = scriptedModel({
      c: [say('C.')],
      synthesize: [say('With c.')],
      review: [fault('It is short.')],
    })
    // The check is had, and the worker is gone again before the answer is mended.
    const lost = Promise.withResolvers<void>()
    const third = scriptedModel({ synthesize: [say('With c, and longer.')] })
    const two = await swarm.work({
      ...second,
      call: (request, signal) => {
        const isMending = textsOf(request).some((text) => text.startsWith('Another agent has checked'))
        if (isMending) lost.resolve()
        return isMending ? never : second.call(request, signal)
      },
    })
    await lost.promise
    await two.close({ boundMs: 0 })
    await swarm.work(third)
    const answer = await person.answer(jobId)
    for (const model of [first, second, third]) model.done()
    expect(answer.markdown).toBe('With c, and longer.')
    expectOneTranscript(
      [first, second, third].flatMap((model) => model.requests.filter(({ who }) => who === 'synthesize')),
    )
  })
})

describe('the check of an answer', () => {
  const script = { plan: [plan('a', 'b')], a: [say('A.')], b: [say('B.')] }

  test('sees the brief, the draft and the files, may change nothing, and lets it out as drafted', async () => {
    const { answer, asked } = await run({
      ...script,
      a: [submit('write', { path: 'final/a.md', content: 'what a found' }), say('A.')],
      synthesize: [submit('write', { path: 'final/report.md', content: 'the report' }), say('As drafted.')],
      review: [submit('read', { path: 'final/a.md' }), submit('submit_review', { ok: true })],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'As drafted.' })
    const [first, second] = asked('review').map(({ request }) => request)
    expect(assignmentOf(first?.messages[0])).toMatchObject({
      draft: 'As drafted.',
      handedOver: [{ key: 'a' }, { key: 'b' }],
      files: [{ path: 'final/a.md' }, { path: 'final/report.md' }],
    })
    expect(first?.tools.map((tool) => tool.name)).toEqual(['list', 'read', 'search', 'submit_review'])
    expect(second && lastResults(second)[0]?.text).toContain('what a found')
    expect(asked('synthesize')).toHaveLength(2)
    expect(await states(answer.jobId)).toEqual([
      ['Task a', 'done'],
      ['Task b', 'done'],
      ['Writing the answer', 'done'],
      ['Checking the answer', 'done'],
    ])
  })

  test('that finds faults has them mended once, and the mended answer goes out', async () => {
    const { answer, asked } = await run({
      ...script,
      synthesize: [say('As drafted.'), say('Mended.')],
      review: [fault('March is partial.')],
    })
    expect(answer.markdown).toBe('Mended.')
    expect(textsOf(asked('synthesize')[1]?.request).at(-1)).toBe(
      '1 thing to mend.\n- March is partial. Mend: Say so.',
    )
    expectOneTranscript(asked('synthesize'))
    const seen = await viewJob(swarm.store, person.context, { jobId: answer.jobId })
    expect(seen?.card.rows.at(-1)).toMatchObject({
      title: 'Checking the answer',
      activity: '1 thing to mend.',
    })
  })

  test('that contradicts itself is handed in again', async () => {
    const { answer } = await run({
      ...script,
      synthesize: [say('As drafted.')],
      review: [submit('submit_review', { ok: false }), { parts: [] }, submit('submit_review', { ok: true })],
    })
    expect(answer.markdown).toBe('As drafted.')
  })

  const broken = () => {
    throw new LoomError({ kind: 'refused', message: 'The provider declined the request.' })
  }
  test.each<[string, Script[string]]>([
    ['is refused', [refuses]],
    ['fails for good', [broken]],
    ['never comes to an end', Array.from({ length: 12 }, () => submit('list', {}))],
  ])('that %s lets the answer out as drafted', async (_, review) => {
    const { answer } = await run({ ...script, synthesize: [say('As drafted.')], review })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'As drafted.' })
    expect(await states(answer.jobId)).toContainEqual(['Checking the answer', 'failed'])
  })

  test('that cannot be paid for lets the answer out instead of letting the job rest', async () => {
    const model = scriptedModel(
      { ...script, synthesize: [{ ...say('As drafted.'), usage: { inputTokens: 1_000_000 } }] },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    const answer = await person.answer(await person.ask('Find out.', { capMicroUsd: 1_000_500 }))
    model.done()
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'As drafted.' })
    const rows = await swarm.bed.admin`select reserved_micro_usd::int as reserved from loom.budgets`
    for (const row of rows) expect(row.reserved).toBe(0)
  })

  test('whose faults the model then fails to mend lets the draft out', async () => {
    const { answer } = await run({
      ...script,
      synthesize: [say('As drafted.'), broken],
      review: [fault('It is short.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'As drafted.' })
  })

  test('is not had for a plan of one task', async () => {
    const { answer, asked } = await run({ plan: [plan('one')], one: [say('Here.')], review: [] })
    expect(answer.markdown).toBe('Here.')
    expect(asked('review')).toEqual([])
  })

  test('does not hide from the answer what was said while it went on', async () => {
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel({
      ...script,
      synthesize: [say('As drafted.'), say('In French.')],
      review: [
        async () => {
          asked.resolve()
          await told.promise
          return submit('submit_review', { ok: true })
        },
      ],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await asked.promise
    await sayTo(swarm.store, person.context, { jobId, text: 'In French, please.' })
    told.resolve()
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('In French.')
    expect(textsOf(model.requests.at(-1)?.request)).toContain('In French, please.')
  })
})

describe('figures of an answer', () => {
  const unfound =
    /^These figures of your answer stand in no file, message or result that you were given: 1,999; 17 %\./

  test('that stand nowhere are told to the agent, which mends them', async () => {
    const { answer, asked } = await run(
      {
        plan: [plan('one')],
        one: [
          submit('write', { path: 'final/rows.csv', content: 'rows\n1204\n' }),
          say('There are 1,999 rows, 17 % more than 58.'),
          say('There are 1,204 rows; 1,204 + 58 = 1,262.'),
        ],
      },
      {},
      'We had 58.',
    )
    expect(answer.markdown).toBe('There are 1,204 rows; 1,204 + 58 = 1,262.')
    expect(textsOf(asked('one')[2]?.request).at(-1)).toMatch(unfound)
    expectOneTranscript(asked('one'))
  })

  test('that are still there go out with a line that names them', async () => {
    const { answer, asked } = await run({
      plan: [plan('a', 'b')],
      a: [say('There are 1,204.')],
      b: [say('B.')],
      synthesize: [say('1,999 and 1,204 and 17 %.'), say('1,999 and 1,204 and 17 % it is.')],
    })
    expect(textsOf(asked('synthesize')[1]?.request).at(-1)).toMatch(unfound)
    const line = 'Not found in the files or in what the agents handed over: 1,999; 17 %.'
    expect(answer.markdown).toBe(`1,999 and 1,204 and 17 % it is.\n\n${line}`)
    expect(assignmentOf(asked('review')[0]?.request.messages[0]).draft).toBe(answer.markdown)
  })
})

describe('what is said to a job whose agents work', () => {
  /** A job with `a` at work and `b` behind it, to which something is said. */
  async function steered(script: Script) {
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('a', { key: 'b', needs: ['a'] })],
      a: [
        async () => {
          asked.resolve()
          await told.promise
          return say('A.')
        },
      ],
      ...script,
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await asked.promise
    await sayTo(swarm.store, person.context, { jobId, text: 'Leave b out and do c.' })
    return { jobId, model, release: told.resolve }
  }

  test('has the plan gone over: what is needless is dropped, what is missing is added, the answer waits', async () => {
    const changed = Promise.withResolvers<void>()
    const { jobId, model, release } = await steered({
      replan: [submit('change_plan', { add: [task('c')], drop: ['b'] })],
      c: [
        () => {
          changed.resolve()
          return say('C.')
        },
      ],
      synthesize: [say('A and C.')],
    })
    await changed.promise
    expect(await states(jobId)).toContainEqual(['Task b', 'cancelled'])
    release()
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('A and C.')
    const replan = model.requests.find(({ who }) => who === 'replan')
    expect(assignmentOf(replan?.request.messages[0]).plan?.map((each) => each.key)).toEqual(['a', 'b'])
    const synthesis = model.requests.find(({ who }) => who === 'synthesize')
    expect(
      assignmentOf(synthesis?.request.messages[0]).handedOver?.map(({ key, state }) => [key, state]),
    ).toEqual([
      ['a', 'done'],
      ['b', 'cancelled'],
      ['c', 'done'],
    ])
    expect(await states(jobId)).toEqual([
      ['Task a', 'done'],
      ['Task b', 'cancelled'],
      ['Task c', 'done'],
      ['Going over the plan again', 'done'],
      ['Writing the answer', 'done'],
      ['Checking the answer', 'done'],
    ])
  })

  test('takes a dropped agent off its work: its money goes back and what it still brings is void', async () => {
    const { jobId, model, release } = await steered({
      replan: [submit('change_plan', { drop: ['a'] })],
      b: [say('B.')],
      synthesize: [say('Only B.')],
    })
    const answer = await person.answer(jobId)
    release()
    model.done()
    expect(answer.markdown).toBe('Only B.')
    expect(await states(jobId)).toContainEqual(['Task a', 'cancelled'])
    expect(
      await swarm.bed.admin`select 1 from loom.steps s join loom.tasks t on t.id = s.task_id
                                 where t.state = 'cancelled'`,
    ).toHaveLength(0)
    const rows = await swarm.bed.admin`select reserved_micro_usd::int as reserved from loom.budgets`
    for (const row of rows) expect(row.reserved).toBe(0)
  })

  test.each<[string, Script[string]]>([
    ['leaves it as it is', [say('It stays.')]],
    ['fails', [refuses]],
    ['wants what cannot be', [submit('change_plan', { drop: ['a', 'b'] }), say('Then not.')]],
  ])('whose plan nobody changes, because the look at it %s, goes on', async (_, replan) => {
    const { jobId, model, release } = await steered({ replan, b: [say('B.')], synthesize: [say('Both.')] })
    release()
    const answer = await person.answer(jobId)
    model.done()
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Both.' })
    expect(await swarm.bed.admin`select replans from loom.jobs`).toMatchObject([{ replans: 0 }])
  })
})
