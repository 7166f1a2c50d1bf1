import { expect, test } from 'vitest'
import type { Part } from '../../../../src/core/model.ts'
import { planTurn } from '../../../../src/swarm/models/rehearsal/plan-turn.ts'
import type { Scene } from '../../../../src/swarm/models/rehearsal/scene.ts'
import type { Assignment } from '../../../../src/swarm/prompts.ts'

const csv = (path: string, earlier?: true): Assignment['files'][number] => ({
  path,
  mediaType: 'text/csv',
  bytes: 10,
  writtenBy: undefined,
  ...(earlier ? { earlier } : {}),
})

/** The tasks that are planned once the files have been looked at. */
function planned(files: Assignment['files']) {
  const scene: Scene = {
    prompt: 'Which month has the most churn?',
    assignment: { files, refused: [] },
    calls: [
      {
        call: { type: 'tool_call', id: 'c', name: 'list', input: {} },
        result: { type: 'tool_result', callId: 'c', name: 'list', content: [], isError: false },
      },
    ],
    said: [],
    mayCallTools: true,
    steps: 1,
    nextId: () => 'next',
  }
  return planTurn(scene).flatMap((part: Part) =>
    part.type === 'tool_call'
      ? (part.input as { tasks: { title: string; files?: string[] }[] }).tasks.map(({ files: read }) => read)
      : [],
  )
}

test('what an earlier job made gets no agent of its own in a follow-up', () => {
  const given = [csv('inputs/january.csv'), csv('inputs/march.csv')]
  const made = [csv('inputs/earlier/january.md', true), csv('inputs/earlier/january-chart.svg', true)]
  expect(planned([...given, ...made])).toEqual(planned(given))
  expect(planned([...given, ...made]).filter((files) => files !== undefined)).toEqual([
    ['inputs/january.csv'],
    ['inputs/march.csv'],
  ])
})

test('where there is nothing else, one agent answers with it at hand', () => {
  expect(planned([csv('inputs/earlier/report.md', true)])).toEqual([undefined])
})
