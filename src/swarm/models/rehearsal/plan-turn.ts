import type { Part } from '../../../core/model.ts'
import { planToolName } from '../../plan-tool.ts'
import { questionsIn } from './analysis/questions.ts'
import { createKeys, titleFor } from './keys.ts'
import { callTools, type Scene } from './scene.ts'

/** More agents than this do not make computing over files faster; further files share agents. */
const mostFileAgents = 40

/** Looks at the files, then hands in one agent a file and one a question that the brief asks of them. */
export function planTurn(scene: Scene): Part[] {
  const looked = scene.calls.some(({ call }) => call.name === 'list')
  if (!looked && scene.assignment.files.length > 0) return callTools(scene, [{ name: 'list', input: {} }])
  return callTools(scene, [{ name: planToolName, input: planFor(scene) }])
}

function planFor(scene: Scene) {
  // What an earlier job made is there to be read, and was computed from files that are here themselves.
  const files = scene.assignment.files.flatMap((file) => (file.earlier ? [] : [file.path]))
  const title = titleOf(scene.prompt)
  const key = createKeys()
  if (files.length === 0) {
    const objective = 'Say what can be said of the brief without any file.'
    return { title, tasks: [{ key: key('answer'), title: 'Answer', objective }] }
  }
  const readers = share(files).map((paths) => ({
    key: key(nameOf(paths)),
    title:
      paths.length === 1
        ? titleFor(paths[0] ?? '')
        : `${titleFor(paths[0] ?? '')} and ${paths.length - 1} more`,
    objective: 'Read the files to their end and compute what they hold.',
    output: 'A report for each file under final/, and the computed figures under work/.',
    files: paths,
  }))
  const askers = questionsIn(scene.prompt).map((question) => ({
    key: key(`q-${question}`),
    title: short(question, 58),
    objective: question,
    output: 'The answer with the figures it rests on.',
    needs: readers.map((reader) => reader.key),
  }))
  return { title, tasks: [...readers, ...askers] }
}

function share(files: readonly string[]): string[][] {
  const each = Math.ceil(files.length / mostFileAgents)
  return Array.from({ length: Math.ceil(files.length / each) }, (_, index) =>
    files.slice(index * each, (index + 1) * each),
  )
}

function nameOf(paths: readonly string[]): string {
  const [first = ''] = paths
  return first.slice(first.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
}

function titleOf(prompt: string): string {
  return short(prompt.trim().split(/\r?\n/, 1)[0] ?? '', 72) || 'Brief'
}

function short(text: string, most: number): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()]
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('')
}
