import type { Part } from '../../../core/model.ts'
import { compareProfiles } from './analysis/compare.ts'
import { REHEARSAL_NOTE } from './analysis/note.ts'
import type { Profile } from './analysis/profile.ts'
import { gatherProfiles } from './profiles.ts'
import { callTools, type Scene, writtenPaths } from './scene.ts'

const reportPath = 'final/report.md'

/** Compares what the agents computed, writes the report, and answers with what stands out. */
export function synthesisTurn(scene: Scene): Part[] {
  const isWritten = writtenPaths(scene).has(reportPath)
  if (isWritten && scene.said.length > 0) return [{ type: 'text', text: scene.said.at(-1) ?? '' }]
  const gathered = gatherProfiles(scene)
  if ('calls' in gathered) return gathered.calls
  const answer = answerFor(scene, gathered.profiles)
  if (!scene.mayCallTools || gathered.profiles.length === 0) return [{ type: 'text', text: answer }]
  const { markdown } = compareProfiles(gathered.profiles)
  const answers = answersSection(scene)
  const report = [...(answers.length > 0 ? ['# Answers', ...answers] : []), markdown].join('\n\n')
  const write = { name: 'write', input: { path: reportPath, content: report } }
  return [{ type: 'text', text: answer }, ...callTools(scene, [write])]
}

function answerFor(scene: Scene, profiles: readonly Profile[]): string {
  const { highlights } = compareProfiles(profiles)
  return [
    ...answersSection(scene),
    ...(highlights.length > 0
      ? ['**What stands out**', highlights.map((line) => `- ${line}`).join('\n')]
      : []),
    ...worthKnowing(scene, profiles),
    REHEARSAL_NOTE,
  ].join('\n\n')
}

/** The questions of the brief with the answers that were handed over. */
function answersSection(scene: Scene): string[] {
  const askers = (scene.assignment.handedOver ?? []).filter(({ key }) => key.startsWith('q-'))
  return askers.map(({ result, state, title }) =>
    [`**${title}**`, state === 'done' ? result : 'This question was not answered.'].join('\n\n'),
  )
}

/** What is partial, refused or failed: it stands in the answer, not only in a log. */
function worthKnowing(scene: Scene, profiles: readonly Profile[]): string[] {
  const lines = [
    ...scene.assignment.refused.map(({ name, reason }) => `${name} was not taken: ${reason}`),
    ...(scene.assignment.handedOver ?? [])
      .filter(({ state }) => state !== 'done')
      .map(({ result, title }) => `${title} was not finished: ${result}`),
    ...profiles.flatMap((profile) =>
      profile.notes.slice(0, 3).map((note) => `${profile.path.replace(/^inputs\//, '')}: ${note}`),
    ),
  ]
  if (lines.length === 0) return []
  const shown = lines.slice(0, 12).map((line) => `- ${line}`)
  const more = lines.length > 12 ? [`- and ${lines.length - 12} more, in the reports`] : []
  return [['**Worth knowing**', '', ...shown, ...more].join('\n')]
}
