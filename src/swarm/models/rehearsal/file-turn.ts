import type { TaskSpec } from '../../../core/brief.ts'
import { limits } from '../../../core/limits.ts'
import type { Part } from '../../../core/model.ts'
import { REHEARSAL_NOTE } from './analysis/note.ts'
import { type Profile, profileFile } from './analysis/profile.ts'
import { headline, reportFor } from './analysis/report.ts'
import { createKeys } from './keys.ts'
import { type Reading, readingsOf, readOn } from './reading.ts'
import { callTools, type Scene, writtenPaths } from './scene.ts'

/** Steps that are kept for writing, once reading has to stop. */
const writingSteps = 8
const readsAtOnce = 4

/** Reads the task's files to their end, writes their profiles and reports, and hands over one line for each. */
export function fileTurn(scene: Scene, task: TaskSpec): Part[] {
  const written = writtenPaths(scene)
  const done = `work/${task.key}/profiles.json`
  if (written.has(done) || !scene.mayCallTools) return [{ type: 'text', text: handOver(scene, task) }]
  const readings = readingsOf(scene, task.files)
  const open = readings.filter((reading) => reading.state === 'open')
  if (open.length > 0 && scene.steps < limits.taskSteps - writingSteps) {
    return callTools(scene, open.slice(0, readsAtOnce).map(readOn))
  }
  return writeDown({ scene, task, readings, written, done })
}

/** One reply writes as many reports as fit; the profiles come last and say that all is written. */
function writeDown(input: {
  scene: Scene
  task: TaskSpec
  readings: readonly Reading[]
  written: ReadonlySet<string>
  done: string
}): Part[] {
  const { done, readings, scene, task, written } = input
  const profiles = readings.map((reading) => profileOf(scene, reading))
  const nameOf = createKeys()
  const files = profiles.flatMap((profile) => {
    const name = profiles.length === 1 ? task.key : `${task.key}/${nameOf(stemOf(profile.path))}`
    return filesFor(profile, name)
  })
  const left = files.filter((file) => !written.has(file.path))
  const now = left.slice(0, limits.toolCallsPerStep - 1)
  const calls = now.map((file) => ({ name: 'write', input: file }))
  if (now.length === left.length) {
    calls.push({ name: 'write', input: { path: done, content: JSON.stringify(profiles) } })
  }
  const lines = profiles.map((profile) =>
    profiles.length === 1 ? headline(profile) : `${stemOf(profile.path)}: ${headline(profile)}`,
  )
  return [{ type: 'text', text: lines.join('\n') }, ...callTools(scene, calls)]
}

function profileOf(scene: Scene, reading: Reading): Profile {
  const file = scene.assignment.files.find((candidate) => candidate.path === reading.path)
  const mediaType = file?.mediaType ?? 'application/octet-stream'
  if (reading.state === 'unreadable') {
    const profile = profileFile({ path: reading.path, text: '\0', mediaType })
    return { ...profile, bytes: file?.bytes ?? 0, notes: [...profile.notes, reading.text.slice(0, 200)] }
  }
  const isWhole = reading.state === 'whole'
  const profile = profileFile({ path: reading.path, text: reading.text, mediaType, truncated: !isWhole })
  return isWhole ? profile : { ...profile, notes: [...profile.notes, partNote(reading, file?.bytes ?? 0)] }
}

function partNote(reading: Reading, bytes: number): string {
  const read = Buffer.byteLength(reading.text)
  return `only the first ${read.toLocaleString('en-US')} of ${bytes.toLocaleString('en-US')} bytes were read: every figure is of that part`
}

function filesFor(profile: Profile, name: string): { path: string; content: string }[] {
  const { chart, markdown } = reportFor(profile)
  if (!chart) return [{ path: `final/${name}.md`, content: markdown }]
  const chartName = `${name.slice(name.lastIndexOf('/') + 1)}-chart.svg`
  return [
    { path: `final/${name}.md`, content: markdown.replaceAll(`(${chart.name})`, `(${chartName})`) },
    { path: `final/${name}-chart.svg`, content: chart.svg.replace('</desc>', ` ${REHEARSAL_NOTE}</desc>`) },
  ]
}

/** The lines it noted with its figures: the first is what the card shows. */
function handOver(scene: Scene, task: TaskSpec): string {
  const noted = scene.said.at(-1)
  if (noted) return noted
  return `The ${task.files.length === 1 ? 'file was' : 'files were'} not read to the end within the steps there were.`
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '') || path
}
